"""One client's connection: bytes in → requests, answers → bytes out, in order, one at a time.

    idle → head → body → answering → idle …        lingering: answered early, the rest is read and dropped

Requests that follow (pipelining) wait as bytes in a bounded buffer. The application is called with the connection
itself, which stands for the one request in progress, and answers by `answer`, or by `open_stream`, `write` and
`end_stream`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Protocol, cast

from jupyter_mlops.scoring.front.chunked import ChunkedDecoder
from jupyter_mlops.scoring.front.head import CHUNKED, Head, HeadMemo, HttpError, check_partial_head, parse_head
from jupyter_mlops.scoring.front.http_limits import HttpLimits

__all__ = ["Application", "Connection", "Host"]


class Application(Protocol):
    """What requests are handed to."""

    def begin(self, connection: Connection, head: Head) -> bool:
        """The head is there. True: the body is wanted, `handle` follows. False: it was answered already."""

    def handle(self, connection: Connection, head: Head, body: bytes) -> None:
        """The request is whole; answer it now or later."""

    def malformed(self, connection: Connection, error: HttpError) -> None:
        """What came is no request; answer it, the connection closes."""

    def body_limit(self) -> int:
        """Bytes that a body may have."""


class Host(Protocol):
    """What a connection belongs to."""

    limits: HttpLimits
    memo: HeadMemo
    draining: bool
    application: Application
    clock: Callable[[], float]

    def opened(self, connection: Connection) -> bool:
        """Takes note of it; False: there are too many."""

    def closed(self, connection: Connection) -> None:
        """It is gone."""


class _Phase(Enum):
    IDLE = 0
    HEAD = 1
    BODY = 2
    ANSWERING = 3
    LINGERING = 4
    CLOSED = 5


_IDLE, _HEAD, _BODY, _ANSWERING, _LINGERING, _CLOSED = _Phase
_JOIN = 65536
"""An answer's body up to this size is joined to its head."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(asyncio.Protocol):
    """The protocol of one connection."""

    __slots__ = (
        "_advancing",
        "_body",
        "_body_size",
        "_buffer",
        "_can_half_close",
        "_chunks",
        "_dropped",
        "_ended",
        "_head",
        "_host",
        "_last",
        "_paused_at",
        "_phase",
        "_reading",
        "_since",
        "_streaming",
        "_touched",
        "_transport",
        "_unsent",
        "on_lost",
        "on_writable",
        "peer",
    )

    def __init__(self, host: Host):
        self._host = host
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._phase = _IDLE
        self._buffer = bytearray()
        self._head: Head | None = None
        self._body: list[bytes] = []
        self._body_size = 0
        self._chunks: ChunkedDecoder | None = None
        self._advancing = False
        self._reading = True
        self._ended = False  # the client has shut its sending side
        self._streaming = False
        self._dropped = 0
        self._since = 0.0  # when the phase began
        self._touched = 0.0  # when bytes last came
        self._paused_at: float | None = None  # since when the client takes nothing
        self._unsent = 0
        self._last = False
        self._can_half_close = True
        self.on_lost: Callable[[], None] | None = None
        """Called when the client goes away before its answer."""
        self.on_writable: Callable[[bool], None] | None = None
        """Called with False when a stream outruns its client, with True when it may go on."""
        self.peer = ""

    # --- what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.peer = peer[0] if isinstance(peer, tuple) else ""
        self._can_half_close = transport.get_extra_info("sslcontext") is None
        self._since = self._touched = self._host.clock()
        if not self._host.opened(self):
            self._refuse(HttpError(503, "There are too many connections."))

    def data_received(self, data: bytes) -> None:
        """Bytes of a client. The first branch is all of the common case: one request, one segment, seen before."""
        if self._phase is _IDLE and not self._buffer:
            end = data.find(b"\r\n\r\n") + 4
            head = self._host.memo.get(data[:end])
            if head is not None and len(data) == end + head.length and self._paused_at is None:
                self._head = head
                self._phase = _ANSWERING
                self._last = not head.keep_alive
                self._host.application.handle(self, head, data[end:])  # `begin` let in what is remembered
                return
        self._slow_data(data)

    def _slow_data(self, data: bytes) -> None:
        self._touched = self._host.clock()
        if self._phase is _LINGERING:
            self._drop(len(data))
            return
        if self._phase is _CLOSED:
            return
        if self._phase is _BODY and self._chunks is None and not self._buffer:
            self._take_body(data)
        else:
            self._buffer += data
        self._advance()
        if self._phase is _ANSWERING and len(self._buffer) > self._host.limits.read_ahead_bytes:
            self._pause_reading()

    def eof_received(self) -> bool:
        """The client sends no more; what it asked is still answered."""
        self._ended = True
        self._end_of_requests()
        return self._phase is _ANSWERING and self._can_half_close

    def pause_writing(self) -> None:
        """The client is slower than we are."""
        self._paused_at = self._host.clock()
        self._unsent = self._transport.get_write_buffer_size()
        if self.on_writable is not None:
            self.on_writable(False)

    def resume_writing(self) -> None:
        """It took what waited."""
        self._paused_at = None
        if self.on_writable is not None:
            self.on_writable(True)
        self._advance()

    def connection_lost(self, _: Exception | None) -> None:
        """It is gone, whoever closed it."""
        self._phase = _CLOSED
        self._host.closed(self)
        lost, self.on_lost, self.on_writable = self.on_lost, None, None
        if lost is not None:
            lost()

    # --- what the application calls

    @property
    def last(self) -> bool:
        """The answer in progress is the last of this connection: it says `Connection: close`."""
        return self._last or (self._host.draining and not self._streaming)

    @property
    def persistence(self) -> str:
        """The line that tells the client whether the connection goes on, where it cannot know."""
        if self._last or (self._host.draining and not self._streaming):
            return "Connection: close\r\n"
        return "Connection: keep-alive\r\n" if self._head is not None and self._head.version == "1.0" else ""

    @property
    def gone(self) -> bool:
        """Nobody is there any more."""
        return self._phase is _CLOSED or self._transport.is_closing()

    def answer(self, head: bytes, body: bytes = b"") -> None:
        """The whole answer to the request in progress; its head holds the line of `persistence`."""
        if self._phase is _CLOSED:
            return
        last = self._last or self._host.draining
        if len(body) <= _JOIN:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))
        self._done(last)

    def end_with_stream(self) -> None:
        """The end of the stream will be the end of the connection: the client has no other way to know."""
        self._last = True

    def open_stream(self, head: bytes) -> None:
        """The head of an answer whose body follows by `write`."""
        self._last = self.last
        self._streaming = True
        self._transport.write(head)

    def write(self, data: bytes) -> None:
        """A piece of the answer, framed by the caller."""
        if self._phase is not _CLOSED:
            self._transport.write(data)

    def end_stream(self, data: bytes = b"") -> None:
        """The last piece."""
        self._streaming = False
        if self._phase is not _CLOSED:
            if data:
                self._transport.write(data)
            self._done(self._last)

    def abort(self) -> None:
        """Cuts it off: the client must not take what it got for the whole."""
        self._streaming = False
        if self._phase is not _CLOSED:
            self._transport.abort()

    # --- what the listener calls

    def check(self, now: float) -> None:
        """Holds the connection to its deadlines."""
        limits = self._host.limits
        if self._paused_at is not None and self._stalled(now):
            self._transport.abort()
        elif self._phase is _IDLE:
            if now - self._since > limits.idle_seconds:
                self._close()
        elif self._phase is _HEAD:
            if now - self._since > limits.head_seconds:
                self._refuse(HttpError(408, f"The head did not come within {limits.head_seconds:g} s."))
        elif self._phase is _BODY:
            if self._body_is_late(now):
                self._refuse(HttpError(408, "The body comes too slowly."))
        elif self._phase is _LINGERING and now - self._since > limits.linger_seconds:
            self._close()

    @property
    def idle(self) -> bool:
        """Between two requests."""
        return self._phase is _IDLE

    def end(self) -> None:
        """Ends an idle connection now, any other after the answer in progress."""
        self._last = True
        self.close_if_idle()

    def close_if_idle(self) -> None:
        """Ends a connection that waits for a next request."""
        if self._phase is _IDLE:
            self._close()

    # --- bytes → requests

    def _advance(self) -> None:
        """Goes on as far as the bytes at hand allow; not re-entered by answers that come at once."""
        if self._advancing:
            return
        self._advancing = True
        try:
            while self._step():
                pass
        except HttpError as error:
            self._refuse(error)
        finally:
            self._advancing = False

    def _step(self) -> bool:
        """One move; False when more bytes, or an answer, must come first."""
        if self._phase is _IDLE:
            if not self._buffer or self._paused_at is not None:
                return False
            self._phase = _HEAD
            self._since = self._host.clock()
        if self._phase is _HEAD:
            return self._take_head()
        if self._phase is _BODY:
            return self._continue_body()
        return False

    def _take_head(self) -> bool:
        buffer = self._buffer
        while buffer[:2] == b"\r\n":  # an empty line before a request is forgiven
            del buffer[:2]
        if not buffer:
            self._phase = _IDLE
            return False
        limits = self._host.limits
        end = buffer.find(b"\r\n\r\n", 0, limits.head_bytes) + 4
        if end == 3:
            check_partial_head(buffer, limits)
            return False
        block = bytes(buffer[:end])
        head = self._host.memo.get(block)
        fresh = head is None
        if head is None:
            head = parse_head(block, limits)
        del buffer[:end]
        self._head = head
        self._last = not head.keep_alive
        self._begin(head)
        if fresh:
            self._host.memo.put(block, head)
        return True

    def _begin(self, head: Head) -> None:
        application = self._host.application
        self._phase = _ANSWERING
        if 0 <= head.length <= len(self._buffer):
            body = bytes(self._buffer[: head.length])
            del self._buffer[: head.length]
            if application.begin(self, head):
                self._check_length(head, application.body_limit())
                application.handle(self, head, body)
            return
        self._last = True  # an answer now would be early: bytes of the body would follow it
        if not application.begin(self, head):
            return
        self._last = not head.keep_alive
        limit = application.body_limit()
        self._check_length(head, limit)
        self._phase = _BODY
        self._since = self._host.clock()
        self._body_size = 0
        self._chunks = ChunkedDecoder(limit) if head.length == CHUNKED else None
        if head.expects and not self._buffer:
            self._transport.write(_CONTINUE)

    def _check_length(self, head: Head, limit: int) -> None:
        if head.length > limit:
            raise HttpError(413, f"The body is larger than {limit} bytes.")

    def _take_body(self, data: bytes) -> None:
        """Straight into the body what is the body's; the rest belongs to the next request."""
        assert self._head is not None
        left = self._head.length - self._body_size
        if len(data) > left:
            self._buffer += data[left:]
            data = data[:left]
        self._body.append(data)
        self._body_size += len(data)

    def _continue_body(self) -> bool:
        assert self._head is not None
        if self._chunks is not None:
            self._chunks.take(self._buffer)
            self._body_size = self._chunks.size
            if not self._chunks.done:
                return False
            self._body, self._chunks = self._chunks.pieces, None
        else:
            if self._buffer and self._body_size < self._head.length:
                left = self._head.length - self._body_size
                self._body.append(bytes(self._buffer[:left]))
                self._body_size += len(self._body[-1])
                del self._buffer[:left]
            if self._body_size < self._head.length:
                return False
        body = b"".join(self._body)
        self._body = []
        self._phase = _ANSWERING
        self._host.application.handle(self, self._head, body)
        return True

    # --- after an answer

    def _done(self, last: bool) -> None:
        self.on_lost = self.on_writable = None
        if last:
            self._linger()
            return
        self._phase = _IDLE
        self._head = None
        self._since = self._host.clock()
        if self._buffer:
            self._resume_reading()
            self._advance()
        if self._ended:
            self._end_of_requests()

    def _end_of_requests(self) -> None:
        """The client has shut its side: nothing more can complete what is not complete."""
        if self._phase in (_HEAD, _BODY):
            self._refuse(HttpError(400, "The request ends before its end."))
        elif self._phase is not _ANSWERING and not self._advancing:
            self._close()

    def _refuse(self, error: HttpError) -> None:
        """Answers what is no request, or too much of one, and ends the connection."""
        self._last = True
        self._phase = _ANSWERING
        self._buffer.clear()
        self._body = []
        self._chunks = None
        self._host.application.malformed(self, error)

    def _linger(self) -> None:
        """No more requests. Bytes that are on their way are dropped first: closing on them would be a reset."""
        self._phase = _LINGERING
        self._since = self._host.clock()
        self._buffer.clear()
        if self._ended or self._transport.is_closing():
            self._close()
        elif self._transport.can_write_eof():
            self._resume_reading()
            self._transport.write_eof()
        else:
            self._close()

    def _drop(self, count: int) -> None:
        self._dropped += count
        if self._dropped > self._host.limits.linger_bytes:
            self._close()

    def _close(self) -> None:
        if self._phase is not _CLOSED:
            self._phase = _LINGERING
            self._transport.close()

    # --- deadlines and pressure

    def _stalled(self, now: float) -> bool:
        unsent = self._transport.get_write_buffer_size()
        if unsent < self._unsent:
            self._unsent = unsent
            self._paused_at = now
        return now - (self._paused_at or now) > self._host.limits.write_stall_seconds

    def _body_is_late(self, now: float) -> bool:
        limits = self._host.limits
        if now - self._touched > limits.body_stall_seconds:
            return True
        fast_enough = self._body_size + len(self._buffer)
        return fast_enough < (now - self._since - limits.body_grace_seconds) * limits.body_bytes_per_second

    def _pause_reading(self) -> None:
        if self._reading:
            self._reading = False
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if not self._reading:
            self._reading = True
            self._transport.resume_reading()
