"""Waiting for events: one look at a workspace for all who wait for it, and none when nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import MlopsError

if TYPE_CHECKING:
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["Followers"]

_LOOK_SECONDS = 0.2
"""What happens in a cell is in the sidebar within a second; a look is one query by primary key."""

InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


class Followers:
    """All on the server's loop; the looks themselves in threads."""

    def __init__(self, in_thread: InThread):
        self._in_thread = in_thread
        self._watches: dict[Workspace, _Watch] = {}
        self._closing = asyncio.Event()

    async def wait(self, workspace: Workspace, since: int, seconds: float, gone: asyncio.Event) -> None:
        """Return when there is an event after the number `since`, when the time is over, or when `gone` is set.

        Raises `MlopsError` when the workspace cannot be read.
        """
        watch = self._watches.setdefault(workspace, _Watch(workspace, self._in_thread))
        ends = [asyncio.ensure_future(event.wait()) for event in (gone, self._closing)]
        news = asyncio.ensure_future(watch.beyond(since))
        try:
            await asyncio.wait([news, *ends], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if news.done():
                news.result()
        finally:
            for task in (news, *ends):
                task.cancel()
            await asyncio.gather(news, *ends, return_exceptions=True)
            if not watch.listeners and self._watches.get(workspace) is watch:
                del self._watches[workspace]

    @property
    def watched(self) -> int:
        """How many workspaces are looked at."""
        return len(self._watches)

    def close(self) -> None:
        """Send everybody home."""
        self._closing.set()


class _Watch:
    """One workspace, while somebody listens."""

    def __init__(self, workspace: Workspace, in_thread: InThread):
        self.listeners = 0
        self._workspace = workspace
        self._in_thread = in_thread
        self._changed = asyncio.Condition()
        self._last = -1
        self._error: MlopsError | None = None
        self._task: asyncio.Task[None] | None = None

    async def beyond(self, number: int) -> None:
        """Return when the newest event's number is not `number` (a smaller one: the workspace was made anew)."""
        self.listeners += 1
        if self._task is None:
            self._task = asyncio.create_task(self._look())
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: self._error is not None or self._last not in (-1, number))
            if self._error is not None:
                raise self._error
        finally:
            self.listeners -= 1
            if not self.listeners and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _look(self) -> None:
        while True:
            try:
                last = await self._in_thread(lambda: self._workspace.store.events.last())
            except MlopsError as error:
                last, self._error = self._last, error
            if last != self._last or self._error is not None:
                async with self._changed:
                    self._last = last
                    self._changed.notify_all()
            await asyncio.sleep(_LOOK_SECONDS)
