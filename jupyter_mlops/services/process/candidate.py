"""One revision brought up in a front that runs: candidate, check of its answer, switch of the traffic."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.records import LineOrigin, Progress
from jupyter_mlops.services.failures import explain
from jupyter_mlops.services.process.control import ControlDoor
from jupyter_mlops.services.target import ProbeAnswer
from jupyter_mlops.services.traceback import map_traceback

__all__ = ["Output", "Ready", "bring_up", "make_ready", "output_schema"]

_LATE_S = 1.0
_LOOK_S = 0.03
_QUIET = 3
_FRONTS_OWN = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [IWE] \[")


class Output(Protocol):
    """What a front prints, when it is in no file of this machine."""

    def end(self) -> Any:
        """Where it ends now."""

    def since(self, end: Any) -> str:
        """What came after that."""


@dataclass(frozen=True)
class _File:
    """An `Output` in a file."""

    path: Path

    def end(self) -> int:
        return self.path.stat().st_size

    def since(self, end: int) -> str:
        with self.path.open("rb") as file:
            file.seek(end)
            return file.read().decode(errors="replace")


@dataclass(frozen=True)
class Ready:
    """A candidate that could take the traffic; `answer` is None when there was no sample."""

    answer: ProbeAnswer | None
    warnings: tuple[str, ...]


def bring_up(
    door: ControlDoor,
    document: dict[str, Any],
    lines: Sequence[LineOrigin],
    progress: Progress,
    log: Path | Output,
    check: Callable[[ProbeAnswer], None] | None,
) -> None:
    """Start the revision, hand its answer to the sample request to `check`, and switch the traffic to it.

    `log` is the front's. Raises `ServiceError` when the revision did not start, and what `check` raises; the
    candidate is then still there.
    """
    ready = make_ready(door, document, lines, progress, log)
    if check is not None and ready.answer is not None:
        check(ready.answer)
    else:  # no answer carries them
        for warning in ready.warnings:
            progress.log(f"warning: {warning}")
    door.activate()


def make_ready(
    door: ControlDoor, document: dict[str, Any], lines: Sequence[LineOrigin], progress: Progress, log: Path | Output
) -> Ready:
    """Start the revision's workers beside what serves.

    Raises `ServiceError`, with the traceback at the lines of the user's cell, as soon as they failed.
    """
    doing = "start"
    output = _File(log) if isinstance(log, Path) else log
    probed_at: Any = 0

    def waiting(seconds: float) -> None:
        limit = document["limits"]["init_timeout_s"]
        progress.log(f"still at it ({doing}, {seconds:.0f} s; the limit is {limit} s)")

    for said in door.candidate(document, waiting):
        if "ready" in said:
            if document["batch"] and not said.get("rows"):
                progress.log("batching is not proven: give a sample of two rows or more with --input")
            return _ready(said, partial(_traceback, output, probed_at, document["entry_script"], lines))
        if "failed" in said:
            what, hint, details = explain(said["failed"], document["entry_script"], lines)
            raise ServiceError(what, hint=hint, details=details)
        if "stage" in said:
            doing = str(said["stage"])
            progress.log(f"worker: {doing}")
            probed_at = output.end()
        elif said.get("log", "").strip():
            progress.log(str(said["log"]))
    raise ServiceError("the front said neither ready nor failed", hint="look at the service's logs")


def _ready(said: Mapping[str, Any], traceback: Callable[[], str | None]) -> Ready:
    warnings = tuple(str(warning) for warning in said.get("warnings") or ())
    probe = said.get("probe")
    if not probe:
        return Ready(None, warnings)
    headers = {str(name).lower(): str(value) for name, value in probe.get("headers") or ()}
    run_failed = headers.get("x-ms-run-function-failed", "").lower() == "true"
    answer = ProbeAnswer(
        status=int(probe["status"]),
        headers=headers,
        body=str(probe["body"]),
        milliseconds=probe.get("ms"),
        warnings=warnings,
        output=output_schema(said.get("swagger")),
        traceback=traceback() if run_failed else None,
        **_rows(said),
    )
    return Ready(answer, warnings)


def _rows(said: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    rows = said.get("rows") or {}
    return {name: tuple(str(answer["body"]) for answer in answers) for name, answers in rows.items()}


def output_schema(swagger: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a script declared of its answer, from its schema document (OpenAPI 3)."""
    if not swagger:
        return None
    found = swagger.get("components", {}).get("schemas", {}).get("ServiceOutput")
    return found if isinstance(found, dict) else None


def _traceback(output: Output, since: Any, script: str, lines: Sequence[LineOrigin]) -> str | None:
    """What the worker printed when run() raised, at the lines of the user's cell.

    It went to the log through a pipe of its own, and comes a little after the answer.
    """
    pause, until = threading.Event(), monotonic() + _LATE_S
    text, quiet = "", 0
    while monotonic() < until and quiet < _QUIET:
        pause.wait(_LOOK_S)
        now = _between(output.since(since))
        quiet = quiet + 1 if now and now == text else 0
        text = now
    return map_traceback(text, script, lines) if text else None


def _between(text: str) -> str:
    """The first traceback (with those that it was chained to), up to the front's next own line."""
    said = text.splitlines()
    starts = [number for number, line in enumerate(said) if line.startswith("Traceback (most recent call last)")]
    if not starts:
        return ""
    found = said[starts[0] :]
    ends = [number for number, line in enumerate(found) if _FRONTS_OWN.match(line)]
    return "\n".join(found[: ends[0]] if ends else found).rstrip()
