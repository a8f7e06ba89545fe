"""The table of services in a notebook: it changes as they do, for some minutes, from a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.views.look import Table
from jupyter_mlops.views.screen import Screen
from jupyter_mlops.views.widgets.controls import has_front_end

__all__ = ["RollCall", "watch"]

#: The table that changes; showing another one ends it.
_current: list[RollCall] = []


def watch(look: Callable[[], Table]) -> bool:
    """Show the table that `look` makes, and go on showing it; False where there is nobody to see it change."""
    if not has_front_end():
        return False
    while _current:
        _current.pop().stop()
    _current.append(RollCall(look))
    _current[-1].start()
    return True


class RollCall:
    """Looks every `interval` seconds, for `seconds`: nobody watches for hours, and each look asks every service."""

    def __init__(self, look: Callable[[], Table], *, interval: float = 1.0, seconds: float = 600.0) -> None:
        self._look = look
        self._interval = interval
        self._seconds = seconds
        self._screen = Screen()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="services", daemon=True)

    def start(self) -> None:
        """Show it, and begin to watch. Raises what `look` raises."""
        self._screen.show(self._look())
        self._thread.start()

    def stop(self) -> None:
        """The table stays as it is."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        end = time.monotonic() + self._seconds
        table = None
        while not self._stopped.wait(self._interval) and time.monotonic() < end:
            try:
                table = self._look()
            except MlopsError as error:  # a workspace out of reach, a service deleted in this moment
                table = None if table is None else replace(table, note=error.message)
            if table is not None:
                self._screen.show(table)
        if table is not None:
            said = f"as of {datetime.now().astimezone():%H:%M:%S}; %services shows them as they are"
            self._screen.show(replace(table, note=said))
