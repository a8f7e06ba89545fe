"""Figures as a person writes them. Pure; texts are short and have their unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import isfinite

__all__ = ["bytes_of", "count", "milliseconds", "moment", "pairs", "percent", "rate", "seconds", "short"]

_UNITS = ("B", "kB", "MB", "GB", "TB")


def bytes_of(size: float) -> str:
    """`4.2 MB`; powers of 1000, as disks are sold."""
    power = 0
    while size >= 999.5 and power < len(_UNITS) - 1:
        size, power = size / 1000, power + 1
    return f"{size:.0f} {_UNITS[power]}" if power == 0 or size >= 99.5 else f"{size:.1f} {_UNITS[power]}"


def count(number: float) -> str:
    """`12,345`; a fraction keeps three digits."""
    if not isfinite(number):
        return str(number)
    return f"{number:,.0f}" if number == round(number) or abs(number) >= 100 else f"{number:.3g}"


def seconds(value: float) -> str:
    """`0.3 s`, `12 s`, `3 min 4 s`, `2 h 5 min`."""
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole // 60, "min", whole % 60, "s")
    return _two(whole // 3600, "h", whole % 3600 // 60, "min")


def _two(big: int, unit: str, small: int, smaller: str) -> str:
    return f"{big} {unit} {small} {smaller}" if small else f"{big} {unit}"


def milliseconds(value: float) -> str:
    """`0.42 ms`, `4.2 ms`, `420 ms`, `4.2 s`."""
    if value >= 10_000:
        return seconds(value / 1000)
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    return f"{value:.0f} ms" if value >= 99.5 else f"{value:.2g} ms" if value < 9.95 else f"{value:.0f} ms"


def rate(per_second: float) -> str:
    """`12.3/s`."""
    return f"{count(per_second)}/s" if per_second >= 100 else f"{per_second:.3g}/s"


def percent(share: float) -> str:
    """`0.4 %` of a share from 0 to 1."""
    figure = share * 100
    return f"{figure:.0f} %" if figure >= 9.95 else f"{figure:.2g} %"


def moment(time: datetime | None) -> str:
    """`2026-11-22 03:33`, in the time zone of whoever looks; empty for None."""
    return "" if time is None else time.astimezone().strftime("%Y-%m-%d %H:%M")


def pairs(mapping: Mapping[str, str | None]) -> str:
    """`team=blue, stage=test`: tags and properties."""
    return ", ".join(key if value in (None, "") else f"{key}={value}" for key, value in mapping.items())


def short(text: str, length: int = 60) -> str:
    """The text in one line of at most `length` characters, with an ellipsis where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
