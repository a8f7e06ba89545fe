"""How a runner tells what it does: events for whoever follows, a heartbeat, and an ear for `cancel`."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType, TracebackType

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.operations.liveness import HEARTBEAT
from jupyter_mlops.registry import events, operations
from jupyter_mlops.storage import Store

__all__ = ["Cancelled", "Reporter"]

_FRACTION_STEP = 0.02
_FRACTION_S = 0.2
"""Each one written is a transaction: as often as a person can read, a large model would wait for its own progress."""


class Cancelled(BaseException):
    """Raised in the runner's main thread when somebody cancelled; not an `Exception`, so that nobody swallows it."""


class Reporter:
    """A `Progress` that writes to the workspace; a context manager, whose thread keeps the heartbeat.

    Cancelling interrupts the main thread wherever it is, by a signal to the runner's own process.
    """

    def __init__(self, store: Store, operation_id: str):
        self._store = store
        self._id = operation_id
        self._subject = f"operation/{operation_id}"
        self._fraction = -1.0
        self._fraction_told = 0.0
        self._stage_began = 0.0
        self._stage: str | None = None
        self._ended = threading.Event()
        self._pulse = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Reporter:
        signal.signal(signal.SIGUSR1, _on_cancel)
        self._pulse.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        self._ended.set()
        self._pulse.join()

    def stage(self, name: str) -> None:
        """A new stage begins; the one before it is told with the seconds that it took."""
        self._close_stage()
        self._stage, self._stage_began, self._fraction = name, time.monotonic(), -1.0
        operations.advance(self._store, self._id, stage=name, progress=None)

    def log(self, line: str) -> None:
        """One line of the operation's log."""
        events.append(self._store, self._subject, "log", line)

    def fraction(self, done: float) -> None:
        """How much of the stage is done, 0 … 1; small steps, and those that come at once, are not written."""
        now = time.monotonic()
        if done < 1 and (done - self._fraction < _FRACTION_STEP or now - self._fraction_told < _FRACTION_S):
            return
        self._fraction, self._fraction_told = done, now
        operations.advance(self._store, self._id, stage=self._stage, progress=round(done, 3))

    def done(self) -> None:
        """The last stage is over."""
        self._close_stage()
        self._stage = None

    def _close_stage(self) -> None:
        if self._stage is not None:
            seconds = round(time.monotonic() - self._stage_began, 3)
            events.append(self._store, self._subject, "stage-done", self._stage, {"seconds": seconds})

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT.total_seconds() / 4):
            try:
                record = operations.advance(self._store, self._id)
            except MlopsError:
                continue  # a database that is away for a moment; the next beat tells
            if record.cancel_requested and not self._ended.is_set():
                os.kill(os.getpid(), signal.SIGUSR1)
                return


def _on_cancel(_signal: int, _frame: FrameType | None) -> None:
    raise Cancelled
