"""A part of what a search finds, and names by a part of them: the same words for every table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, func

__all__ = ["has_part", "page"]


def page(query: Select[Any], limit: int | None, offset: int) -> Select[Any]:
    """At most `limit` rows (None: all), after the first `offset`; the database skips them unread."""
    return query.limit(limit).offset(offset) if offset else query.limit(limit)


def has_part(column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Whether a name has `part` in it, capitals or not."""
    return func.lower(column).contains(part.lower(), autoescape=True)
