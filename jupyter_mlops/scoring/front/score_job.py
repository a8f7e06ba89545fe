"""A client's request to `/score`, from its body to the last byte of its answer."""

from __future__ import annotations

import json
import time
from typing import Protocol

from jupyter_mlops.scoring.front.answers import Stamp, chunk, error_body, field_lines, status_line
from jupyter_mlops.scoring.front.connection import Connection
from jupyter_mlops.scoring.front.decision import Decision
from jupyter_mlops.scoring.front.head import Head
from jupyter_mlops.scoring.front.ids import new_id
from jupyter_mlops.scoring.front.job import Job
from jupyter_mlops.scoring.wire import AnswerFlag

__all__ = ["ScoreJob", "ScoreObserver"]

_JSON = "Content-Type: application/json\r\n"
_RETRY = "Retry-After: 1\r\n"
_CHUNKED = "Transfer-Encoding: chunked\r\n"
_RAN = "x-ms-run-function-failed: False\r\n"
_OK = status_line(200)
_BODILESS = (204, 304)
_LAST_CHUNK = b"0\r\n\r\n"
_CLIENT_GONE = 499
# plain integers: an operation on an IntFlag costs more than the rest of the line it stands in
_RUN_FAILED, _TIMED, _STREAM, _PLAIN = (
    int(flag) for flag in (AnswerFlag.RUN_FAILED, AnswerFlag.TIMED, AnswerFlag.STREAM, AnswerFlag.PLAIN)
)


class ScoreObserver(Protocol):
    """Who hears of the end of a request."""

    stamp: Stamp

    def finished(self, job: ScoreJob, status: int, size: int, request_id: str) -> None:
        """It was answered; counts and logs it."""

    def withdrawn(self, job: ScoreJob) -> None:
        """Its client has gone."""


class ScoreJob(Job):
    """What stands between a connection and a worker."""

    __slots__ = ("_chunked", "_client", "_observer", "_request_id", "_size", "_status", "decision", "http")

    def __init__(
        self, observer: ScoreObserver, client: Connection, http: Head, decision: Decision, body: bytes, now: float
    ):
        # as Job.__init__ has it, without the call: there is one for each request
        self.number = 0
        self.flags = decision.flags
        self.head = b""
        self.body = body
        self.arrived = now
        self.alone = self.over = self.begun = self.direct = False
        self.wants_head = decision.wants_head
        self.batch = self.worker = None
        self.http = http
        self.decision = decision
        self._observer = observer
        self._client = client
        self._chunked = False
        self._status = 0
        self._size = 0
        self._request_id = ""
        client.on_lost = self._lost

    def describe(self) -> bytes:
        """The head, with the client's address."""
        return self.decision.describe(self.http, self._client.peer)

    def answered(self, status: int, flags: int, exec_us: int, head: bytes, body: bytes) -> None:
        """Sends it, or the head of a stream."""
        if self.over:
            return
        if flags & _STREAM:
            self._open_stream(status, flags, exec_us, head)
            return
        decision, client, observer = self.decision, self._client, self._observer
        if status == 200 and flags == _TIMED and not head and decision.ids.none:
            request_id = new_id()
            lines = (
                f"{self._usual()}{exec_us / 1000:.3f}\r\n"
                f"x-request-id: {request_id}\r\nx-ms-request-id: {request_id}\r\n"
                f"{client.persistence}Content-Length: {len(body)}\r\n\r\n"
            )
        else:
            request_id, id_lines = decision.ids.lines()
            length = f"Content-Length: {len(body)}\r\n\r\n" if status not in _BODILESS else "\r\n"
            lines = (
                f"{status_line(status)}{observer.stamp.lines()}"
                f"{field_lines(json.loads(head)) if head else _JSON}{_run_lines(flags, exec_us)}"
                f"{decision.common_lines}{id_lines}{client.persistence}{length}"
            )
        self.over = True
        bodiless = status in _BODILESS or self.http.method == "HEAD"
        client.answer(lines.encode("latin-1"), b"" if bodiless else body)
        observer.finished(self, status, len(body), request_id)

    def _usual(self) -> str:
        """All of a head but what differs from answer to answer; made once a second."""
        decision, stamp = self.decision, self._observer.stamp
        now = time.time()
        if now >= stamp.until or decision.usual_stamp != stamp.until:
            lines = stamp.lines()
            decision.usual = f"{_OK}{lines}{_JSON}{decision.common_lines}{_RAN}x-ms-run-fn-exec-ms: "
            decision.usual_stamp = stamp.until
        return decision.usual

    def refused(self, status: int, message: str, *, run_failed: bool = False) -> None:
        """The front's own words, as JSON; a stream that has begun is cut off."""
        if self.over:
            return
        self.over = True
        if self.begun:
            self._client.abort()
            self._observer.finished(self, status, self._size, self._request_id)
            return
        body = error_body(message)
        request_id, id_lines = self.decision.ids.lines()
        lines = (
            f"{status_line(status)}{self._observer.stamp.lines()}{_JSON}"
            f"{_run_lines(_RUN_FAILED if run_failed else 0, 0)}"
            f"{_RETRY if status == 503 else ''}{self.decision.common_lines}{id_lines}{self._client.persistence}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._client.answer(lines.encode("latin-1"), b"" if self.http.method == "HEAD" else body)
        self._observer.finished(self, status, len(body), request_id)

    # --- streams

    def _open_stream(self, status: int, flags: int, exec_us: int, fields: bytes) -> None:
        client = self._client
        self.begun = True
        self._status = status
        self._request_id, id_lines = self.decision.ids.lines()
        self._chunked = self.http.version != "1.0"
        if not self._chunked:
            client.end_with_stream()
        lines = (
            f"{status_line(status)}{self._observer.stamp.lines()}"
            f"{field_lines(json.loads(fields)) if fields else _JSON}{_run_lines(flags, exec_us)}"
            f"{self.decision.common_lines}{id_lines}{client.persistence}"
            f"{_CHUNKED if self._chunked else ''}\r\n"
        )
        client.on_writable = self._writable
        client.open_stream(lines.encode("latin-1"))

    def streamed(self, data: bytes, last: int) -> None:
        """A piece goes on as it came."""
        if self.over:
            return
        self._size += len(data)
        if data and self.http.method != "HEAD":
            self._client.write(chunk(data) if self._chunked else data)
        if not last:
            return
        self.over = True
        if last == 2:
            self._client.abort()  # the client must not take what it has for the whole
        else:
            self._client.end_stream(_LAST_CHUNK if self._chunked and self.http.method != "HEAD" else b"")
        self._observer.finished(self, self._status if last == 1 else 500, self._size, self._request_id)

    def _writable(self, writable: bool) -> None:
        if self.worker is not None:
            if writable:
                self.worker.resume(self)
            else:
                self.worker.pause(self)

    def _lost(self) -> None:
        if self.over:
            return
        self._observer.withdrawn(self)
        self._observer.finished(self, _CLIENT_GONE, self._size, self._request_id or "-")


def _run_lines(flags: int, exec_us: int) -> str:
    if flags & _PLAIN:
        return ""
    failed = "x-ms-run-function-failed: True\r\n" if flags & _RUN_FAILED else _RAN
    return f"{failed}x-ms-run-fn-exec-ms: {exec_us / 1000:.3f}\r\n" if flags & _TIMED else failed
