"""Answers on their way out, in groups: one system call for many.

An answer is held back for a millisecond at most while others of its frame are run. What a slow request would hold up is
sent by a watcher thread, which also ends a worker whose front has died while `run` was busy.
"""

from __future__ import annotations

import os
import threading
import time

from jupyter_mlops.scoring.wire import Kind, frame
from jupyter_mlops.scoring.worker.channel import Channel

__all__ = ["Outbox", "Watcher"]

_HOLD_NS = 1_000_000
_LOOK_S = 0.005
_IDLE_LOOKS = 10
_ORPHAN_S = 1.0


class Outbox:
    """The answers of one thread that are not sent yet."""

    def __init__(self, channel: Channel, watcher: Watcher) -> None:
        self._channel = channel
        self._watcher = watcher
        self._held: list[bytes] = []
        self._since = 0
        self._is_new = False
        self._lock = threading.Lock()

    def add(self, answers: list[bytes]) -> None:
        """Hold these too."""
        with self._lock:
            if not self._held:
                self._since = time.perf_counter_ns()
                self._is_new = True
            self._held += answers

    def flush_if_old(self) -> None:
        """Send what has been held for long enough; the watcher looks after the rest."""
        if time.perf_counter_ns() - self._since > _HOLD_NS:
            self.flush()
        elif self._is_new:  # once for those that are sent together
            self._is_new = False
            self._watcher.wake()

    def flush(self) -> None:
        """Send all. The lock is held while sending, so that chunks of a stream come after its head."""
        with self._lock:
            if self._held:
                self._channel.send(frame(Kind.ANSWER, *self._held))
                self._held = []

    @property
    def is_late(self) -> bool:
        """Something waits longer than it should."""
        return bool(self._held) and time.perf_counter_ns() - self._since > _HOLD_NS


class Watcher:
    """A thread that sleeps unless answers are held, and looks once a second whether the front still lives."""

    def __init__(self) -> None:
        self._outboxes: list[Outbox] = []
        self._wake = threading.Event()
        self._parent = os.getppid()

    def outbox(self, channel: Channel) -> Outbox:
        """A new one to watch."""
        outbox = Outbox(channel, self)
        self._outboxes.append(outbox)
        return outbox

    def start(self) -> None:
        """Start the thread; it ends with the process."""
        threading.Thread(target=self._watch, name="watcher", daemon=True).start()

    def wake(self) -> None:
        """An answer is held."""
        if not self._wake.is_set():
            self._wake.set()

    def _watch(self) -> None:
        while True:
            if self._wake.wait(_ORPHAN_S):
                self._look()
            if os.getppid() != self._parent:
                os._exit(0)

    def _look(self) -> None:
        """Every few milliseconds, until nothing has been held for a while."""
        idle = 0
        while idle < _IDLE_LOOKS:
            self._wake.clear()
            time.sleep(_LOOK_S)
            for outbox in self._outboxes:
                if outbox.is_late:
                    outbox.flush()
            idle = 0 if self._wake.is_set() else idle + 1
