"""A request that nobody sent: it proves a candidate, or answers the launcher. Counted in no metric."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from jupyter_mlops.scoring.front.job import Job
from jupyter_mlops.scoring.wire import TRACEBACK, Answer, AnswerFlag, RequestFlag

__all__ = ["ProbeJob"]

_LONGEST_STREAM = 1 << 20


class ProbeJob(Job):
    """A POST of JSON to `/score`; `done` resolves to `{status, headers, body, ms, traceback}`."""

    __slots__ = ("_answer", "_content_type", "_pieces", "_size", "_started", "done")

    def __init__(self, body: bytes, *, content_type: str = "application/json", direct: bool = False):
        super().__init__(RequestFlag.PROBE, body, time.monotonic())
        self.direct = direct
        self.done: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._content_type = content_type
        self._started = time.monotonic()
        self._answer: Answer | None = None
        self._pieces: list[bytes] = []
        self._size = 0

    def describe(self) -> bytes:
        """What a client of the launcher would have sent."""
        headers = [["Content-Type", self._content_type], ["Content-Length", str(len(self.body))]]
        return json.dumps({"method": "POST", "path": "/score", "query": "", "headers": headers, "peer": ""}).encode()

    def answered(self, status: int, flags: int, exec_us: int, head: bytes, body: bytes) -> None:
        """Whole, or the beginning of a stream."""
        answer = Answer(self.number, status, flags, exec_us, head, body)
        if flags & AnswerFlag.STREAM:
            self.begun = True
            self._answer = answer
            return
        self._finish(status, _headers(answer), body)

    def streamed(self, data: bytes, last: int) -> None:
        """Streams are put together, as far as they are short."""
        if self._size < _LONGEST_STREAM:
            self._pieces.append(data)
            self._size += len(data)
        if last and self._answer is not None:
            status = self._answer.status if last == 1 else 500
            self._finish(status, _headers(self._answer), b"".join(self._pieces))

    def refused(self, status: int, message: str, *, run_failed: bool = False) -> None:
        """The front's own answer."""
        headers = [["Content-Type", "application/json"], ["x-ms-run-function-failed", str(run_failed)]]
        self._finish(status, headers, json.dumps({"message": message}).encode())

    def _finish(self, status: int, headers: list[list[str]], body: bytes) -> None:
        if not self.done.done():
            milliseconds = (time.monotonic() - self._started) * 1000
            self.done.set_result(
                {
                    "status": status,
                    "headers": [[name, value] for name, value in headers if name != TRACEBACK],
                    "body": body.decode("utf-8", "replace"),
                    "ms": round(milliseconds, 3),
                    "traceback": next((value for name, value in headers if name == TRACEBACK), None),
                }
            )


def _headers(answer: Answer) -> list[list[str]]:
    headers = json.loads(answer.head) if answer.head else [["Content-Type", "application/json"]]
    failed = str(bool(answer.flags & AnswerFlag.RUN_FAILED))
    return [*headers, ["x-ms-run-function-failed", failed]]
