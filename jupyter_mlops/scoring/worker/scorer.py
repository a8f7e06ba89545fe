"""One request to one answer: read the input, call `run`, encode what came back; every error gets its status here."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from types import CodeType
from typing import Any

from jupyter_mlops.scoring.wire import TRACEBACK, AnswerFlag, Request, RequestFlag
from jupyter_mlops.scoring.worker.current import CONTEXT
from jupyter_mlops.scoring.worker.inputs import BadInput, InputMode
from jupyter_mlops.scoring.worker.notes import Notes
from jupyter_mlops.scoring.worker.results import Result, error_result, result_of
from jupyter_mlops.scoring.worker.tracebacks import passed_through, print_exception, text_of

__all__ = ["Scored", "Scorer", "forget_loop", "wait_for"]

_RUN_FAILED = "An unexpected error occurred in scoring script. Check the logs for more info."
_MOST_WARNINGS = 100
# plain integers: an operation on an IntFlag costs more than the rest of the line it stands in
_PROBE = int(RequestFlag.PROBE)
_BAD = int(AnswerFlag.BAD_INPUT)
_PLAIN = int(AnswerFlag.PLAIN)


Scored = tuple[Result, int | None]
"""An answer, and how long `run` took for it, microseconds; None where it failed or was not asked."""


class Scorer:
    """Calls `run` with what `mode` reads.

    `inner` is the code of the script's own function, where decorators that convert are still above it: an error that
    never reached it is the input's. `leaving` is the exit code after `sys.exit`.
    """

    def __init__(self, run: Callable[..., Any], mode: InputMode, inner: CodeType | None = None) -> None:
        self.run = run
        self._read = mode.read
        self.read_together = mode.read_together
        self._inner = inner
        self._logged: set[str] = set()
        self.leaving: int | None = None

    def score(self, request: Request) -> Scored:
        """Never raises, whatever the script does."""
        notes = Notes()
        try:
            arguments = self._read(request, notes)
        except BadInput as bad:
            return error_result(bad.status, str(bad), _BAD), None
        return self.call(arguments, request, notes)

    def read(self, request: Request, notes: Notes) -> dict[str, Any]:
        """The arguments of one request. Raises BadInput."""
        return self._read(request, notes)

    def call(self, arguments: dict[str, Any], request: Request, notes: Notes) -> Scored:
        """Run and encode."""
        CONTEXT.probe = request.flags & _PROBE != 0
        started = time.perf_counter_ns()
        try:
            value = self.run(**arguments)
            if hasattr(value, "__await__"):
                value = wait_for(value)
            exec_us = (time.perf_counter_ns() - started) // 1000
            result = result_of(value, notes, b"text/event-stream" in request.head, wait_for)
        except BaseException as error:  # noqa: BLE001  (sys.exit and KeyboardInterrupt among them)
            return self.failed(error, notes), None
        if notes.warnings:
            self._log(notes)
        if result.flags & _PLAIN:  # a response that is not ours says nothing of failing; its time it shows all the same
            shown = [*json.loads(result.head), ["x-ms-run-fn-exec-ms", f"{exec_us / 1000:.3f}"]]
            result = result._replace(head=json.dumps(shown).encode())
        return result, exec_us

    def failed(self, error: BaseException, notes: Notes) -> Result:
        """The answer to a `run` that raised; the traceback goes to the log, and along with the answer to a probe."""
        if isinstance(error, BadInput):
            return error_result(error.status, str(error), _BAD)
        print_exception(error)
        if isinstance(error, SystemExit):
            self.leaving = error.code if isinstance(error.code, int) else 1
        if self._inner is not None and isinstance(error, Exception) and not passed_through(error, self._inner):
            return error_result(400, f"the input could not be read: {type(error).__name__}: {error}", _BAD)
        if notes.doubts and isinstance(error, Exception):
            return error_result(400, f"{'; '.join(notes.doubts)} (and then run failed; see the log)", _BAD)
        answer = error_result(500, _RUN_FAILED, AnswerFlag.RUN_FAILED)
        if not CONTEXT.probe:
            return answer
        head = [("Content-Type", "application/json"), (TRACEBACK, text_of(error))]
        return answer._replace(head=json.dumps(head).encode())

    def _log(self, notes: Notes) -> None:
        """Each warning once: a client that sends fractions sends them all day."""
        for text in notes.warnings:
            kind = text.partition(" (")[0]
            if kind not in self._logged and len(self._logged) < _MOST_WARNINGS:
                self._logged.add(kind)
                print(f"warning: {text}", file=sys.stderr)


class _Loops(threading.local):
    """Each thread's own event loop, made when the first awaitable comes."""

    run: Callable[[Awaitable[Any]], Any] | None = None


_LOOPS = _Loops()


def wait_for(awaitable: Any) -> Any:
    """The result of an awaitable, on this thread's loop; the loop stays, so that connections kept by the script do."""
    if _LOOPS.run is None:
        import asyncio

        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        _LOOPS.run = loop.run_until_complete
    return _LOOPS.run(awaitable)


def forget_loop() -> bool:
    """In a fork: the loop shares its selector with the process that made it, so the next awaitable gets a new one.

    Returns whether there was one."""
    had, _LOOPS.run = _LOOPS.run is not None, None
    return had
