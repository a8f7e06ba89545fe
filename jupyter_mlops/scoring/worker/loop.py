"""The frame loop: requests in, answers out.

One thread (the default): the one that imported the script and ran `init`. More by the revision's `threads`: each takes
a frame at a time.

The slots file (`--slots-fd M`, optional, 4 bytes a thread, made by the front): `u32[thread]`, little-endian, holds
the id + 1 of the request that the thread runs at this moment, 0 while it is idle. The front reads it when the worker
dies or a deadline passes, to know which request was running; a joined run shows the id of its first.

Streams: an ANSWER with the STREAM flag, then CHUNK frames; their `last` is 0, 1 (the end) or 2 (run failed in the
middle: the client must see the body cut). Server-Sent Events are written where the request's head holds an Accept with
`text/event-stream`, so a front sends the head of such a request even where `needs_head` is False.
"""

from __future__ import annotations

import mmap
import os
import queue
import struct
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from jupyter_mlops.scoring.wire import CHUNK_HEAD, AnswerFlag, Kind, Request, frame, pack_answer, unpack_requests
from jupyter_mlops.scoring.worker.batching import Batcher
from jupyter_mlops.scoring.worker.channel import Channel
from jupyter_mlops.scoring.worker.outbox import Watcher
from jupyter_mlops.scoring.worker.scorer import Scored, Scorer
from jupyter_mlops.scoring.worker.tracebacks import print_exception

__all__ = ["Loop", "Slots"]

_U32 = struct.Struct("<I")
_TIMED = int(AnswerFlag.TIMED)
_MOST_CANCELLED = 10_000
_LOOK_NS = 1_000_000


class Slots:
    """Which request each thread runs, in memory that the front shares."""

    def __init__(self, descriptor: int | None, threads: int = 1) -> None:
        size = _U32.size * threads
        self._memory: Any = bytearray(size)
        if descriptor is not None:
            self._memory = mmap.mmap(descriptor, size)
            os.close(descriptor)

    def set(self, thread: int, number: int) -> None:
        """`number` is a request's id + 1, or 0."""
        _U32.pack_into(self._memory, thread * _U32.size, number)


class Loop:
    """Serves a worker's requests."""

    def __init__(
        self,
        channel: Channel,
        scorer: Scorer,
        batcher: Batcher | None,
        slots: Slots,
        watcher: Watcher,
        threads: int = 1,
    ) -> None:
        self._channel = channel
        self._scorer = scorer
        self._batcher = batcher
        self._slots = slots
        self._threads = threads
        self._outboxes = [watcher.outbox(channel) for _ in range(threads)]
        self._cancelled: set[int] = set()
        self._looked_ns = 0

    def serve(self) -> int:
        """Until the front closes its end, or `run` calls sys.exit. Returns the exit code."""
        return self._serve_alone() if self._threads == 1 else self._serve_with_threads()

    def _serve_alone(self) -> int:
        while True:
            frames = self._channel.read()
            if not frames:
                return 0
            self._looked_ns = time.monotonic_ns()
            self._cancelled.clear()
            self._note_cancels(frames)
            for kind, payload in frames:
                if kind == Kind.SCORE:
                    self._score(list(unpack_requests(payload)), 0)
                    if self._scorer.leaving is not None:
                        return self._scorer.leaving

    def _serve_with_threads(self) -> int:
        work: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        pool = [threading.Thread(target=self._work, args=(work, n), name=f"run-{n}") for n in range(self._threads)]
        for thread in pool:
            thread.start()
        while frames := self._channel.read():
            self._note_cancels(frames)
            for kind, payload in frames:
                if kind == Kind.SCORE:
                    work.put(payload)
        for _ in pool:
            work.put(None)
        for thread in pool:
            thread.join()
        return 0

    def _work(self, work: queue.SimpleQueue[bytes | None], thread: int) -> None:
        while (payload := work.get()) is not None:
            self._score(list(unpack_requests(payload)), thread)
            if self._scorer.leaving is not None:
                sys.stdout.flush()
                os._exit(self._scorer.leaving)

    def _note_cancels(self, frames: list[tuple[int, bytes]]) -> None:
        if len(self._cancelled) > _MOST_CANCELLED:  # answered long ago, or about to be: their answers are dropped
            self._cancelled.clear()
        self._cancelled.update(_U32.unpack(payload)[0] for kind, payload in frames if kind == Kind.CANCEL)

    def _score(self, requests: list[Request], thread: int) -> None:
        outbox, left = self._outboxes[thread], len(requests)
        for together in self._answers(requests, thread):
            left -= len(together)
            outbox.add([_packed(number, scored) for number, scored in together])
            number, (result, _) = together[-1]
            stream = result.stream
            if stream is not None:
                outbox.flush()
                self._stream(number, stream)
            elif not left or self._scorer.leaving is not None:
                outbox.flush()
            else:
                outbox.flush_if_old()
            if self._scorer.leaving is not None:
                break
        outbox.flush()

    def _answers(self, requests: list[Request], thread: int) -> Iterator[list[tuple[int, Scored]]]:
        """Of each request that is still wanted, those together that come together; a streamed one is alone."""
        slots = self._slots
        if self._batcher is not None and len(requests) > 1:
            wanted = [request for request in requests if not self._is_cancelled(request.id)]
            yield from self._batcher.score(wanted, lambda number: slots.set(thread, number + 1))
        else:
            for request in requests:
                if self._is_cancelled(request.id):
                    continue
                slots.set(thread, request.id + 1)
                yield [(request.id, self._scorer.score(request))]
        slots.set(thread, 0)

    def _stream(self, number: int, pieces: Iterator[bytes]) -> None:
        """Piece by piece; a client that has gone ends the generator."""
        last = 1
        try:
            for piece in pieces:
                self._channel.send(frame(Kind.CHUNK, CHUNK_HEAD.pack(number, 0), piece))
                if self._is_cancelled(number) or self._channel.ended:
                    pieces.close()  # type: ignore[attr-defined]
                    return
        except BaseException as error:  # noqa: BLE001  (sys.exit too: the stream must be seen to be cut)
            print_exception(error)
            last = 2
            if isinstance(error, SystemExit):
                self._scorer.leaving = 1
        self._channel.send(frame(Kind.CHUNK, CHUNK_HEAD.pack(number, last)))

    def _is_cancelled(self, number: int) -> bool:
        """A lone thread looks itself for what came while it was busy, every millisecond at most: a look is a system
        call, too dear for each of many quick requests."""
        if self._threads == 1 and (now := time.monotonic_ns()) - self._looked_ns > _LOOK_NS:
            self._looked_ns = now
            self._note_cancels(self._channel.look())
        return number in self._cancelled


def _packed(number: int, scored: Scored) -> bytes:
    (status, flags, head, body, _), exec_us = scored
    if exec_us is None:
        return pack_answer((number, status, flags, 0, head, body))
    return pack_answer((number, status, flags | _TIMED, exec_us, head, body))
