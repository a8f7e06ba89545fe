"""The control door: HTTP on a Unix socket, for the launcher. No keys: the folder's permissions are the lock."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from jupyter_mlops.scoring.front.answers import Stamp, chunk, error_body, status_line
from jupyter_mlops.scoring.front.connection import Connection
from jupyter_mlops.scoring.front.dispatch import Dispatcher
from jupyter_mlops.scoring.front.head import Head, HttpError
from jupyter_mlops.scoring.front.log import Log
from jupyter_mlops.scoring.front.metrics import Metrics
from jupyter_mlops.scoring.front.probe import ProbeJob
from jupyter_mlops.scoring.front.public import PublicApp
from jupyter_mlops.scoring.front.revision import Revision, RevisionError
from jupyter_mlops.scoring.front.supervisor import NoCandidateError, Supervisor
from jupyter_mlops.scoring.front.swagger import UnknownVersionError

__all__ = ["ControlApp"]

_BODY_LIMIT = 1 << 30
_LOG_SECONDS = 1.0
_JSON = "application/json"

Reply = tuple[int, bytes, str]


class ControlApp:
    """`where` is (host, port) of the public socket, None with --no-port; `stop(seconds)` begins the end."""

    def __init__(
        self,
        supervisor: Supervisor,
        dispatcher: Dispatcher,
        metrics: Metrics,
        public: PublicApp,
        log: Log,
        *,
        where: Callable[[], tuple[str, int] | None],
        stop: Callable[[float], Awaitable[None]],
    ):
        self._supervisor = supervisor
        self._dispatcher = dispatcher
        self._metrics = metrics
        self._public = public
        self._log = log
        self._where = where
        self._stop = stop
        self._stamp = Stamp()
        self._tasks: set[asyncio.Task[None]] = set()

    # --- what connections call

    def begin(self, connection: Connection, head: Head) -> bool:  # noqa: ARG002
        """Everything is let in."""
        return True

    def body_limit(self) -> int:
        """As for the public socket, and more."""
        return _BODY_LIMIT

    def malformed(self, connection: Connection, error: HttpError) -> None:
        """No request at all."""
        self._answer(connection, (error.status, error_body(error.message), _JSON))

    def handle(self, connection: Connection, head: Head, body: bytes) -> None:
        """Finds the handler by method and path."""
        what = f"{head.method} {head.path}"
        if what == "POST /candidate":
            self._spawn(self._candidate(connection, body))
            return
        handlers: dict[str, Callable[[], Coroutine[Any, Any, Reply]]] = {
            "GET /status": self._status,
            "POST /candidate/activate": self._activate,
            "DELETE /candidate": self._discard,
            "POST /score": lambda: self._score(head, body),
            "GET /metrics": self._metrics_text,
            "GET /swagger.json": lambda: self._swagger(head),
            "POST /log/written": self._log_written,
            "POST /stop": lambda: self._end(body),
        }
        handler = handlers.get(what)
        if handler is None:
            self._answer(connection, (404, error_body(f"The control door has no {what}."), _JSON))
            return
        self._spawn(self._run(connection, handler))

    # --- handlers

    async def _status(self) -> Reply:
        where = self._where()
        place = {"pid": os.getpid(), "host": where[0] if where else None, "port": where[1] if where else None}
        return _json(200, self._supervisor.status() | place)

    async def _activate(self) -> Reply:
        try:
            revision = self._supervisor.activate()
        except NoCandidateError as error:
            return 409, error_body(str(error)), _JSON
        return _json(200, {"revision": revision.revision})

    async def _discard(self) -> Reply:
        candidate = self._supervisor.candidate
        await self._supervisor.discard()
        return _json(200, {"discarded": candidate.revision.revision if candidate is not None else None})

    async def _score(self, head: Head, body: bytes) -> Reply:
        kind = head.get(b"content-type")
        job = ProbeJob(body, content_type=kind.decode("latin-1") if kind else _JSON)
        self._dispatcher.submit(job)
        return _json(200, await job.done)

    async def _metrics_text(self) -> Reply:
        return 200, self._metrics.render(), "text/plain; version=0.0.4; charset=utf-8"

    async def _swagger(self, head: Head) -> Reply:
        version = head.query.partition("version=")[2].partition("&")[0] or "2"
        documents = self._public.documents
        if documents is None:
            return 503, error_body("Nothing is ready yet."), _JSON
        try:
            return 200, documents.get(version), _JSON
        except UnknownVersionError as error:
            return 404, error_body(str(error)), _JSON

    async def _log_written(self) -> Reply:
        """Answers when every line said so far is where a reader finds it, or after a second."""
        written = await asyncio.to_thread(self._log.written().wait, _LOG_SECONDS)
        return _json(200, {"written": written})

    async def _end(self, body: bytes) -> Reply:
        try:
            wanted = json.loads(body or b"{}")
            seconds = float(wanted.get("drain_s", 10))
        except (ValueError, TypeError, AttributeError):
            return 400, error_body('The body is {"drain_s": seconds}.'), _JSON
        self._spawn(self._begin_end(seconds))
        return _json(200, {"stopping": True})

    async def _begin_end(self, seconds: float) -> None:
        await self._stop(seconds)

    # --- a candidate, as it happens

    async def _candidate(self, connection: Connection, body: bytes) -> None:
        try:
            revision = Revision.from_json(body)
        except RevisionError as error:
            self._answer(connection, (400, error_body(str(error)), _JSON))
            return
        candidate = await self._supervisor.prepare(revision)
        self._open(connection)
        async for event in candidate.progress.follow():
            if connection.gone:
                return
            connection.write(chunk(json.dumps(event, default=str).encode() + b"\n"))
        connection.end_stream(b"0\r\n\r\n")

    def _open(self, connection: Connection) -> None:
        connection.open_stream(
            f"{status_line(200)}{self._stamp.lines()}Content-Type: application/x-ndjson\r\n"
            f"Transfer-Encoding: chunked\r\n{connection.persistence}\r\n".encode("latin-1")
        )

    # --- answers

    async def _run(self, connection: Connection, handler: Callable[[], Coroutine[Any, Any, Reply]]) -> None:
        self._answer(connection, await handler())

    def _answer(self, connection: Connection, reply: Reply) -> None:
        status, body, kind = reply
        head = (
            f"{status_line(status)}{self._stamp.lines()}Content-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n{connection.persistence}\r\n"
        )
        connection.answer(head.encode("latin-1"), body)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _json(status: int, document: dict[str, Any]) -> Reply:
    return status, json.dumps(document, default=str).encode(), _JSON
