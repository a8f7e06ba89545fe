"""What lives as long as the server: open workspaces, threads, readings, followers. Made once, closed at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from jupyter_mlops.serverextension.followers import Followers
from jupyter_mlops.serverextension.places import Places
from jupyter_mlops.serverextension.readings import Readings
from jupyter_mlops.serverextension.states import States
from jupyter_mlops.serverextension.workspaces import Workspaces

__all__ = ["Running"]

Value = TypeVar("Value")

_THREADS = 8
_OUTSIDE_THREADS = 16


class Running:
    """Shared by all requests."""

    def __init__(self, root: str | Path):
        self.places = Places(root)
        self.workspaces = Workspaces(self.places)
        self.states = States()
        self.readings = Readings()
        self.followers = Followers(self.in_thread)
        self._threads = ThreadPoolExecutor(_THREADS, "jupyter_mlops")
        self._outside = ThreadPoolExecutor(_OUTSIDE_THREADS, "jupyter_mlops services")

    async def in_thread(self, work: Callable[[], Value], *, outside: bool = False) -> Value:
        """Do what may block where it blocks nobody; `outside`: it waits for a service."""
        threads = self._outside if outside else self._threads
        return await asyncio.get_running_loop().run_in_executor(threads, work)

    def close(self) -> None:
        """Wake those who wait, and let go of everything."""
        self.followers.close()
        self.states.close()
        for threads in (self._threads, self._outside):
            threads.shutdown(wait=False, cancel_futures=True)
        self.workspaces.close()
