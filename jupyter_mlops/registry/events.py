"""The append-only table that every surface follows: what happened to what, in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.records import EventRecord

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = ["append", "extend", "last", "since", "tail"]


def append(store: Store, subject: str, kind: str, message: str, data: dict[str, Any] | None = None) -> int:
    """One more event; returns its number. Inside `store.transaction()` it is part of that change."""
    return store.events.append(subject, kind, message, data)


def extend(store: Store, subject: str, kind: str, messages: Iterable[str], data: dict[str, Any] | None = None) -> int:
    """An event for each message (the lines of a log), at the price of one; returns the number of the last."""
    return store.events.extend(subject, kind, messages, data)


def since(store: Store, number: int, *, subject: str | None = None, limit: int = 1000) -> list[EventRecord]:
    """The events after `number` (0: from the beginning), oldest first, at most `limit`.

    Numbers follow the order of the commits: a reader who goes on from the last number it saw misses none.
    """
    return store.events.since(number, subject=subject, limit=limit)


def tail(store: Store, subject: str, kinds: Sequence[str] = (), n: int = 100) -> list[EventRecord]:
    """The last `n` events of a subject (of these kinds, when some are given), oldest first."""
    return store.events.tail(subject, kinds, n)


def last(store: Store) -> int:
    """The newest number; 0 in a new workspace. Where a follower begins that wants only what comes."""
    return store.events.last()
