"""Tags and properties as rows with an index, beside the documents that hold the truth."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Table, delete, insert

__all__ = ["Wanted", "found_by", "replace", "rows"]

#: A key, and the value it must have; None: any.
Wanted = tuple[str, str | None]

_LONGEST = 64


def _indexed(value: str) -> str:
    """The value, or the digest of one that no index takes; a digest is longer than any value that is kept as it is."""
    return value if len(value) <= _LONGEST else "sha256:" + hashlib.sha256(value.encode()).hexdigest()


def rows(owner: int, tags: dict[str, str], properties: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of one owner."""
    return [
        {"owner": owner, "kind": kind, "key": key, "value": _indexed(value)}
        for kind, labels in (("tag", tags), ("property", properties))
        for key, value in labels.items()
    ]


def replace(connection: Connection, table: Table, owner: int, tags: dict[str, str], properties: dict[str, str]) -> None:
    """Make the rows of `owner` say what its documents say."""
    connection.execute(delete(table).where(table.c.owner == owner))
    added = rows(owner, tags, properties)
    if added:
        connection.execute(insert(table), added)


def found_by(
    owners: Table, table: Table, tags: Sequence[Wanted], properties: Sequence[Wanted]
) -> tuple[FromClause, list[ColumnElement[bool]], ColumnElement[int]]:
    """What to select from, the conditions, and the column that counts up in the order of creation.

    Each condition is a join that the index answers in that order, so that the newest few of very many are found
    without looking at the rest.
    """
    source: FromClause = owners
    conditions: list[ColumnElement[bool]] = []
    order: ColumnElement[int] = owners.c.id
    wanted = [("tag", *each) for each in tags] + [("property", *each) for each in properties]
    for number, (kind, key, value) in enumerate(wanted):
        label = table.alias(f"label_{number}")
        source = source.join(label, label.c.owner == owners.c.id)
        conditions += [label.c.kind == kind, label.c.key == key]
        if value is not None:
            conditions.append(label.c.value == _indexed(value))
        if number == 0:
            order = label.c.owner
    return source, conditions, order
