"""The frame loop: requests in, answers out, in the thread that ran `init`.

The slots file (`--slots-fd M`, optional, at least 4 bytes a thread, made by the front): `u32[thread]`, little-endian,
holds the id + 1 of the request that the thread runs at this moment, 0 while it is idle. The front reads it when the
worker dies or a deadline passes, to know which request was running; a batch shows the id of its first.

Streams: an ANSWER with the STREAM flag, then CHUNK frames; their `last` is 0, 1 (the end) or 2 (run failed in the
middle: the client must see the body cut). Server-Sent Events are written where the request's head holds an Accept with
`text/event-stream`, so a front sends the head of such a request even where `needs_head` is False.

Answers travel in groups: while requests are at hand and each takes well under a millisecond, they are held back for at
most a millisecond; a watcher thread sends what a slow request would hold up.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from jupyter_mlops.scoring.wire import (
    CHUNK_HEAD,
    Answer,
    AnswerFlag,
    Kind,
    Request,
    frame,
    pack_answer,
    unpack_requests,
)
from jupyter_mlops.scoring.worker.channel import Channel
from jupyter_mlops.scoring.worker.inputs import BadInput, InputMode
from jupyter_mlops.scoring.worker.results import Result, error_result, result_of

__all__ = ["Loop", "Slots"]

_U32 = struct.Struct("<I")
_RUN_FAILED = "An unexpected error occurred in scoring script. Check the logs for more info."
_HOLD_NS = 1_000_000


class Slots:
    """Which request each thread runs, in memory that the front shares."""

    def __init__(self, descriptor: int | None, threads: int = 1) -> None:
        size = _U32.size * threads
        if descriptor is None:
            self._memory: mmap.mmap | bytearray = bytearray(size)
        else:
            self._memory = mmap.mmap(descriptor, size)
            os.close(descriptor)

    def set(self, thread: int, number: int) -> None:
        """`number` is a request's id + 1, or 0."""
        _U32.pack_into(self._memory, thread * _U32.size, number)


class Loop:
    """Serves one worker's requests with one `run`."""

    def __init__(self, channel: Channel, run: Callable[..., Any], mode: InputMode, slots: Slots) -> None:
        self._channel = channel
        self._run = run
        self._mode = mode
        self._slots = slots
        self._cancelled: set[int] = set()

    def serve(self) -> int:
        """Until the front closes its end, or `run` calls sys.exit. Returns the exit code."""
        while True:
            frames = self._channel.read()
            if not frames:
                return 0
            self._cancelled = {_U32.unpack(payload)[0] for kind, payload in frames if kind == Kind.CANCEL}
            for kind, payload in frames:
                if kind == Kind.SCORE:
                    self._score(list(unpack_requests(payload)))

    def _score(self, requests: list[Request]) -> None:
        held: list[bytes] = []
        started = time.perf_counter_ns()
        for request in requests:
            if request.id in self._cancelled:
                continue
            self._slots.set(0, request.id + 1)
            result, exec_us = self._one(request)
            self._slots.set(0, 0)
            held.append(packed(request.id, result, exec_us))
            now = time.perf_counter_ns()
            if result.stream is not None or now - started > _HOLD_NS:
                self._channel.send(frame(Kind.ANSWER, *held))
                held, started = [], now
            if result.stream is not None:
                self._stream(request.id, result.stream)
        if held:
            self._channel.send(frame(Kind.ANSWER, *held))

    def _one(self, request: Request) -> tuple[Result, int]:
        notes: list[str] = []
        try:
            arguments = self._mode.read(request, notes)
        except BadInput as bad:
            return error_result(bad.status, str(bad), AnswerFlag.BAD_INPUT), 0
        started = time.perf_counter_ns()
        try:
            value = self._run(**arguments)
            exec_us = (time.perf_counter_ns() - started) // 1000
            result = result_of(value, notes, b"text/event-stream" in request.head, _no_await)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            return error_result(500, _RUN_FAILED, AnswerFlag.RUN_FAILED), 0
        return result._replace(flags=result.flags | AnswerFlag.TIMED), exec_us

    def _stream(self, number: int, pieces: Iterator[bytes]) -> None:
        last = 1
        try:
            for piece in pieces:
                self._channel.send(frame(Kind.CHUNK, CHUNK_HEAD.pack(number, 0), piece))
        except Exception:
            traceback.print_exc(file=sys.stderr)
            last = 2
        self._channel.send(frame(Kind.CHUNK, CHUNK_HEAD.pack(number, last)))


def packed(number: int, result: Result, exec_us: int) -> bytes:
    """One answer of an ANSWER frame."""
    return pack_answer(Answer(number, result.status, result.flags, exec_us, result.head, result.body))


def _no_await(awaitable: Any) -> Any:
    raise TypeError(f"cannot wait for {awaitable!r}")


_ = threading
