"""What happens while a candidate starts, for whoever asks, from the beginning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

__all__ = ["Progress"]

_KEPT = 2000


class Progress:
    """A list of events that grows, and can be followed by several; the last one holds `ready` or `failed`."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._left_out = 0
        self._changed = asyncio.Event()
        self.ended = False

    def add(self, event: dict[str, Any]) -> None:
        """Adds one; repeated stages are said once."""
        if self.ended or ("stage" in event and event in self._events[-5:]):
            return
        if len(self._events) >= _KEPT and "log" in event:
            self._left_out += 1
            return
        self._events.append(event)
        self._wake()

    def end(self, event: dict[str, Any]) -> None:
        """The outcome."""
        if self._left_out:
            self._events.append({"log": f"({self._left_out} more lines are in the service's log)"})
        self._events.append(event)
        self.ended = True
        self._wake()

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        """All events, those to come too, until the outcome."""
        at = 0
        while True:
            changed = self._changed
            while at < len(self._events):
                yield self._events[at]
                at += 1
            if self.ended:
                return
            await changed.wait()

    @property
    def outcome(self) -> dict[str, Any] | None:
        """The last event, when it has ended."""
        return self._events[-1] if self.ended else None

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
