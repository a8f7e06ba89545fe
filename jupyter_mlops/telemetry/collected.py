"""What a service's scripts kept of their inputs: CSV files, as `azureml.monitoring.ModelDataCollector` writes them.

    <model>/<designation>/<year>/<month>/<day>/<worker>.csv

The columns `$Timestamp`, `$CorrelationId`, `$Service` and `$Revision` come first, then the features.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.errors import StorageError

__all__ = ["Collected", "read_inputs"]

_KEYS = 4


@dataclass(frozen=True)
class Collected:
    """Rows that were kept, the newest `rows` of them: `columns` map a feature to its values (numbers where they are
    such, None where there was nothing); `since` is when the oldest was kept (ISO 8601, UTC)."""

    rows: int
    since: str
    columns: dict[str, list[Any]]


def read_inputs(folder: Path, names: Sequence[str], most: int = 10_000) -> Collected | None:
    """The newest rows of the designation that has these features; None when nothing of the kind was kept.

    Of several that have them (inputs and what was made of them) it is the one named `inputs`. Features without names of
    their own (`f0`, `f1`, …) are taken by their place, where there are as many. Raises `StorageError`.
    """
    chosen: dict[Path, list[str]] = {}
    try:
        for path in sorted(folder.glob("*/*/*/*/*/*.csv"), key=_day, reverse=True):
            found = _feature_names(path, names)
            if found is not None:
                chosen[path] = found
        designation = _designation(folder, list(chosen))
        rows = [
            row for path, found in chosen.items() if path.relative_to(folder).parts[:2] == designation
            for row in _rows(path, found)
        ]  # fmt: skip
    except OSError as error:
        raise StorageError(f"what was collected cannot be read: {error.strerror}", where=str(folder)) from error
    if not rows:
        return None
    newest = sorted(rows, key=lambda row: row[0], reverse=True)[:most]
    values = zip(*(row[1] for row in newest), strict=True)
    return Collected(len(newest), newest[-1][0], dict(zip(names, map(list, values), strict=True)))


def _day(path: Path) -> tuple[str, ...]:
    return path.parts[-4:]


def _designation(folder: Path, paths: Sequence[Path]) -> tuple[str, ...] | None:
    """(model, designation) of the files to read."""
    found = list(dict.fromkeys(path.relative_to(folder).parts[:2] for path in paths))
    return next((each for each in found if each[1].lower().startswith("input")), found[0] if found else None)


def _feature_names(path: Path, names: Sequence[str]) -> list[str] | None:
    """The file's own names of the features, in the order of `names`; None when it has others."""
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])[_KEYS:]
    if set(names) <= set(header):
        return list(names)
    numbered = [f"f{number}" for number in range(len(names))]
    return numbered if header == numbered else None


def _rows(path: Path, names: Sequence[str]) -> Iterator[tuple[str, list[Any]]]:
    """(time, values in the order of `names`); a last line that is being written is left out."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        header = next(lines)
        places = [header.index(name) for name in names]
        for line in lines:
            if len(line) == len(header):
                yield line[0], [_value(line[place]) for place in places]


def _value(text: str) -> Any:
    if text == "":
        return None
    try:
        return float(text)
    except ValueError:
        return text
