"""The socket to one worker: jobs out in frames, answers in."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from jupyter_mlops.scoring.front.job import Batch, Job
from jupyter_mlops.scoring.wire import CHUNK_HEAD, FRAME_HEAD, AnswerFlag, Kind, RequestFlag, frame

__all__ = ["Link", "LinkOwner"]

_JOIN = 65536
"""Bodies up to this size are joined into one write; larger ones are handed over as they are."""
_REQUEST = struct.Struct("<IBII")
_PROBE = int(RequestFlag.PROBE)
_STREAM, _TIMED = int(AnswerFlag.STREAM), int(AnswerFlag.TIMED)
_ANSWER = struct.Struct("<IHBIII")
_LAST_NUMBER = 0x7FFF_FFFF


class LinkOwner(Protocol):
    """Who hears of what comes."""

    def ready(self, document: bytes) -> None:
        """READY came."""

    def failed(self, document: bytes) -> None:
        """FAILED came."""

    def stage(self, name: str) -> None:
        """The worker says what it is doing before it is ready."""

    def freed(self) -> None:
        """A frame is wholly answered."""

    def unlinked(self) -> None:
        """End of file, or a broken link."""

    def ran(self, microseconds: list[int]) -> None:
        """`run` took so long, each time; probes are not among them."""


class Link(asyncio.Protocol):
    """Frames over a transport. `jobs` are those sent and not answered, in the order they were sent."""

    def __init__(self, owner: LinkOwner, clock: Callable[[], float] = time.monotonic):
        self._owner = owner
        self._clock = clock
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._is_up = False
        self._buffer = bytearray()
        self._wanted = 0
        self._number = 0
        self._paused: set[int] = set()
        self.jobs: dict[int, Job] = {}
        self.frames = 0
        """Frames of jobs that are not wholly answered."""
        self.heard = 0.0
        """When an answer, or a piece of one, last came."""

    # --- out

    def configure(self, document: bytes) -> None:
        """The first frame."""
        self._transport.write(frame(Kind.CONFIGURE, document))

    def send(self, jobs: Sequence[Job], *, merged: bool) -> None:
        """One frame of jobs."""
        now = self._clock()
        batch = Batch(len(jobs), now, merged)
        parts: list[bytes] = [b""]
        size = 0
        for job in jobs:
            self._number = number = 1 if self._number >= _LAST_NUMBER else self._number + 1
            job.number = number
            job.batch = batch
            self.jobs[number] = job
            head, body = job.head, job.body
            parts.append(_REQUEST.pack(number, job.flags, len(head), len(body)))
            if head:
                parts.append(head)
            parts.append(body)
            size += _REQUEST.size + len(head) + len(body)
        parts[0] = FRAME_HEAD.pack(size, Kind.SCORE)
        self.frames += 1
        if size <= _JOIN:
            self._transport.write(b"".join(parts))
        else:
            self._transport.writelines(parts)

    def cancel(self, job: Job) -> None:
        """Tells the worker that nobody waits; an answer that is on its way is dropped."""
        if self.jobs.pop(job.number, None) is None:
            return
        self._unpause(job.number)
        if not self._transport.is_closing():
            self._transport.write(frame(Kind.CANCEL, job.number.to_bytes(4, "little")))
        self._count_off(job)

    def close(self) -> None:
        """End of file: the worker finishes what it has and exits."""
        if self._is_up and not self._transport.is_closing():
            if self.jobs:
                self._transport.write_eof()
            else:
                self._transport.close()

    # --- in

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The transport is there."""
        self._transport = cast(asyncio.Transport, transport)
        self._is_up = True

    def data_received(self, data: bytes) -> None:
        """Whole frames are taken from what came; the rest waits."""
        if self._buffer:
            self._buffer += data
            if len(self._buffer) < self._wanted:
                return
            data = bytes(self._buffer)
            self._buffer.clear()
        at, end = 0, len(data)
        while end - at >= 5:
            size, kind = FRAME_HEAD.unpack_from(data, at)
            after = at + 5 + size
            if after > end:
                self._wanted = 5 + size
                break
            self._take(kind, data[at + 5 : after])
            at = after
        else:
            self._wanted = 5
        if at < end:
            self._buffer += data[at:]

    def connection_lost(self, _: Exception | None) -> None:
        """The worker closed its end, or died."""
        self._owner.unlinked()

    # --- pressure

    def pause(self, job: Job) -> None:
        """A client is slower than its stream: nothing more is read from this worker until it has caught up."""
        self._paused.add(job.number)
        if len(self._paused) == 1 and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self, job: Job) -> None:
        """It has."""
        self._unpause(job.number)

    def _unpause(self, number: int) -> None:
        if number in self._paused:
            self._paused.discard(number)
            if not self._paused and not self._transport.is_closing():
                self.heard = self._clock()
                self._transport.resume_reading()

    @property
    def is_paused(self) -> bool:
        """A client holds the worker up; its run is not late."""
        return bool(self._paused)

    # --- frames

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == Kind.ANSWER:
            self._take_answers(payload)
        elif kind == Kind.CHUNK:
            self._take_chunk(payload)
        elif kind == Kind.READY:
            self._owner.ready(payload)
        elif kind == Kind.FAILED:
            self._owner.failed(payload)
        elif kind == Kind.STAGE:
            self._owner.stage(payload.decode("utf-8", "replace"))

    def _take_answers(self, payload: bytes) -> None:
        self.heard = self._clock()
        jobs = self.jobs
        free = False
        times: list[int] = []
        at, end = 0, len(payload)
        while at < end:  # `wire.unpack_answers`, without an object for each
            number, status, flags, exec_us, head_size, body_size = _ANSWER.unpack_from(payload, at)
            at += _ANSWER.size
            body_at = at + head_size
            head = payload[at:body_at] if head_size else b""
            at = body_at + body_size
            job = jobs.get(number) if flags & _STREAM else jobs.pop(number, None)
            if job is None:
                continue
            job.answered(status, flags, exec_us, head, payload[body_at:at])
            if flags & _STREAM:
                continue
            if flags & _TIMED and not job.flags & _PROBE:
                times.append(exec_us)
            batch = job.batch
            if batch is not None:
                batch.left -= 1
                if not batch.left:
                    self.frames -= 1
                    free = True
        if times:
            self._owner.ran(times)
        if free:
            self._owner.freed()

    def _take_chunk(self, payload: bytes) -> None:
        self.heard = self._clock()
        number, last = CHUNK_HEAD.unpack_from(payload)
        job = self.jobs.get(number)
        if job is None:
            return
        if last:
            del self.jobs[number]
            self._unpause(number)
        if job.batch is not None:
            job.batch.sent = self.heard  # a stream that goes on is not late
        job.streamed(payload[CHUNK_HEAD.size :], last)
        if last:
            self._count_off(job)

    def _count_off(self, job: Job) -> None:
        batch = job.batch
        if batch is not None:
            batch.left -= 1
            if not batch.left:
                self.frames -= 1
                self._owner.freed()
