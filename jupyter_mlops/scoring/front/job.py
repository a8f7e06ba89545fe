"""One request on its way through a worker, whoever asked: a client's, or a probe's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

__all__ = ["Batch", "Job", "Pausable"]


class Pausable(Protocol):
    """Who sends the pieces of a stream, and can be asked to wait."""

    def cancel(self, job: Job) -> None:
        """Nobody waits for this job any more; one that runs already goes on."""

    def pause(self, job: Job) -> None:
        """Send no more for now."""

    def resume(self, job: Job) -> None:
        """Go on."""


class Batch:
    """The requests that went to a worker in one frame."""

    __slots__ = ("left", "merged", "sent")

    def __init__(self, left: int, sent: float, merged: bool):
        self.left = left
        """Answers that have not come."""
        self.sent = sent
        self.merged = merged
        """The worker runs them as one."""


class Job(ABC):
    """What a worker is asked, and what happens with the answer: `answered` or `refused`, once."""

    __slots__ = (
        "alone",
        "arrived",
        "batch",
        "begun",
        "body",
        "direct",
        "flags",
        "head",
        "number",
        "over",
        "wants_head",
        "worker",
    )

    def __init__(self, flags: int, body: bytes, arrived: float):
        self.number = 0
        self.flags = flags
        self.head = b""
        self.body = body
        self.arrived = arrived
        """Seconds of the monotonic clock."""
        self.alone = False
        """It was on a worker that died and may be the reason: it goes in a frame of its own."""
        self.over = False
        """Nobody waits any more."""
        self.begun = False
        """A streamed answer has begun: it cannot be asked again."""
        self.direct = False
        """It was meant for this worker and no other."""
        self.wants_head = False
        """The worker gets the head even if it did not ask for heads."""
        self.batch: Batch | None = None
        self.worker: Pausable | None = None

    @abstractmethod
    def describe(self) -> bytes:
        """The head as the worker reads it (see `wire.Request`)."""

    @abstractmethod
    def answered(self, status: int, flags: int, exec_us: int, head: bytes, body: bytes) -> None:
        """The answer, or the head of a streamed one (see `wire.Answer`)."""

    @abstractmethod
    def streamed(self, data: bytes, last: int) -> None:
        """A piece of a streamed answer; `last` is 0, 1 (the end) or 2 (the script failed in the middle)."""

    @abstractmethod
    def refused(self, status: int, message: str, *, run_failed: bool = False) -> None:
        """There will be no answer of a worker."""
