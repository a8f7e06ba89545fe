"""One line for a person: sizes and short tags in the text reprs of nouns."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["line", "size"]


def size(count: int) -> str:
    """Bytes as a person says them: `12.3 kB`."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def line(noun: str, **fields: object) -> str:
    """`Noun(a='b', …)`, without the fields that say nothing (None, empty)."""
    told = [f"{name}={value!r}" for name, value in fields.items() if _says_something(value)]
    return f"{noun}({', '.join(told)})"


def _says_something(value: object) -> bool:
    return value is not None and not (isinstance(value, (str, tuple, list, Mapping)) and len(value) == 0)
