"""A log by pages: what came since somebody looked, each line once, whatever the lines say.

A target that knows places in its log has `log_page(name, cursor, lines)`; for one that has not, lines are counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_mlops.errors import UsageError

__all__ = ["EVERY_LINE", "LogPage", "bad_cursor", "counted", "page_of"]

EVERY_LINE = 1 << 30
"""More lines than any log has."""

_HEAD = 64
"""So many lines at its beginning tell one log from another."""


@dataclass(frozen=True)
class LogPage:
    """Lines without their ends. `cursor` is for the next call; `reset`: they do not go on from the given cursor, for
    the log was cut or made anew, or more came than were asked for."""

    lines: tuple[str, ...]
    cursor: str
    reset: bool = False


def page_of(new: Sequence[str], lines: int, cursor: str, *, goes_on: bool) -> LogPage:
    """The newest `lines` of what is new. `goes_on`: they follow what was shown before."""
    return LogPage(tuple(new[-lines:]) if lines else (), cursor, reset=not goes_on or len(new) > lines)


def bad_cursor(cursor: str) -> UsageError:
    """What is raised for a text that no page gave."""
    return UsageError(f"{cursor!r} is no cursor of a log", where="query cursor", hint="take the last answer's")


def counted(log: Sequence[str], cursor: str | None, lines: int) -> LogPage:
    """A page of a log of which every line is given. Raises `UsageError` for a cursor that this did not make."""
    mark = f"{len(log)}-{_digest(log, len(log))}"
    if cursor is None:
        return LogPage(tuple(log[-lines:]), mark)
    count, _, digest = cursor.partition("-")
    if not count.isdecimal() or not digest:
        raise bad_cursor(cursor)
    seen = int(count)
    goes_on = seen <= len(log) and _digest(log, seen) == digest
    return page_of(log[seen:] if goes_on else log, lines, mark, goes_on=goes_on)


def _digest(log: Sequence[str], count: int) -> str:
    """Of the beginning of the first `count` lines."""
    head = "\n".join(log[: min(count, _HEAD)])
    return hashlib.sha256(head.encode(errors="replace")).hexdigest()[:16]
