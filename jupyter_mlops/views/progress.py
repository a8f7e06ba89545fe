"""The `Progress` of work that is done in the kernel itself (a proof, a registration), shown as it goes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal

from jupyter_mlops.records import EventRecord, OperationRecord
from jupyter_mlops.views.operations import OperationLook
from jupyter_mlops.views.screen import Screen
from jupyter_mlops.views.words import bytes_of

__all__ = ["BytesProgress", "ScreenProgress", "shown"]

_REDRAW_SECONDS = 0.25


class ScreenProgress:
    """Shows itself once the work has taken `patience` seconds: what is over at once leaves no trace.

    A thread of its own redraws, so that the seconds go by while the work is silent.
    """

    def __init__(self, heading: str, screen: Screen, patience: float = 0.5) -> None:
        self.heading = heading
        self._screen = screen
        self._begun = datetime.now(UTC)
        self._events: list[EventRecord] = []
        self._fraction: float | None = None
        self._detail: str | None = None
        self._over = threading.Event()
        self._drawer = threading.Thread(target=self._draw, args=(patience,), name="progress", daemon=True)

    def start(self) -> None:
        """Begin to draw, where there is something to draw on."""
        if self._screen.live:
            self._drawer.start()

    def stage(self, name: str) -> None:
        """A new stage begins."""
        self._fraction = None
        self._screen.say(f"── {name}")
        self._add("stage", name)

    def log(self, line: str) -> None:
        """One line of what is being done."""
        self._screen.say(f"   {line}")
        self._add("log", line)

    def fraction(self, done: float) -> None:
        """0 … 1 of the stage."""
        self._fraction = done

    def detail(self, line: str) -> None:
        """What is said below, until the next one."""
        self._detail = line

    def finish(self, state: Literal["Succeeded", "Failed"]) -> None:
        """The work is over: one that showed itself shows how it ended, when it has more to tell than that it did."""
        self._over.set()
        if self._drawer.is_alive():
            self._drawer.join()
        self._detail = None
        if self._screen.shown and state == "Succeeded" and not self._events:
            self._screen.clear()
        elif self._screen.shown or self._events:
            self._screen.show(self._look(state))

    def _add(self, kind: str, message: str) -> None:
        number = len(self._events) + 1
        now = datetime.now(UTC)
        self._events.append(EventRecord(number=number, time=now, subject="", kind=kind, message=message, data={}))

    def _draw(self, patience: float) -> None:
        pause = patience
        while not self._over.wait(pause):
            self._screen.show(self._look("Running"))
            pause = _REDRAW_SECONDS

    def _look(self, state: Literal["Running", "Succeeded", "Failed"]) -> OperationLook:
        now = datetime.now(UTC)
        stages = [event.message for event in self._events if event.kind == "stage"]
        record = OperationRecord(
            id="",
            kind="build",
            subject=self.heading,
            state=state,
            stages=tuple(dict.fromkeys(stages)),
            stage=stages[-1] if stages else None,
            progress=self._fraction,
            arguments={},
            result={},
            error=None,
            user="",
            host="",
            created=self._begun,
            started=self._begun,
            finished=None if state == "Running" else now,
            heartbeat=None,
        )
        return OperationLook(record, tuple(self._events), now, note=self._detail, error=False, heading=self.heading)


class BytesProgress:
    """Bytes done, of a total when it is known, as a `ScreenProgress` shows it."""

    def __init__(self, progress: ScreenProgress, total: int | None) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def __call__(self, count: int) -> None:
        """`count` more bytes are done."""
        self._done += count
        if self._total:
            self._progress.fraction(min(self._done / self._total, 1.0))
        else:
            self._progress.detail(bytes_of(self._done))


@contextmanager
def shown(heading: str, screen: Screen | None = None) -> Iterator[ScreenProgress]:
    """Show the work of the block under a heading."""
    progress = ScreenProgress(heading, screen or Screen())
    progress.start()
    try:
        yield progress
    except BaseException:
        progress.finish("Failed")
        raise
    progress.finish("Succeeded")
