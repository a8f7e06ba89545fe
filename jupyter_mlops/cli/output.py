"""What a command prints: a table for people, JSON for programs. Standard output has nothing else on it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["print_json", "print_one", "print_table"]


def print_json(document: Any) -> None:
    """One JSON document, indented."""
    json.dump(document, sys.stdout, indent=2, default=str, ensure_ascii=False)
    sys.stdout.write("\n")


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, empty: str) -> None:
    """Aligned columns under their names; `empty` is said when there is no row."""
    if not rows:
        print(empty)
        return
    cells = [list(columns), *([_text(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_one(document: Mapping[str, Any]) -> None:
    """One thing: a line a field."""
    width = max(map(len, document), default=0)
    for name, value in document.items():
        print(f"{name.ljust(width)}  {_text(value)}")


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={item}" if item is not None else str(key) for key, item in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value)) or "-"
    return str(value)
