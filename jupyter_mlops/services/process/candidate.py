"""One revision brought up in a front that runs: candidate, check of its answer, switch of the traffic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.records import LineOrigin, Progress
from jupyter_mlops.services.failures import explain
from jupyter_mlops.services.process.control import ControlDoor
from jupyter_mlops.services.target import ProbeAnswer
from jupyter_mlops.services.traceback import map_traceback

__all__ = ["Ready", "bring_up", "make_ready", "output_schema"]


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
    check: Callable[[ProbeAnswer], None] | None,
) -> None:
    """Start the revision, hand its answer to the sample request to `check`, and switch the traffic to it.

    Raises `ServiceError` when the revision did not start, and what `check` raises; the candidate is then still there.
    """
    ready = make_ready(door, document, lines, progress)
    if check is not None and ready.answer is not None:
        check(ready.answer)
    else:  # no answer carries them
        for warning in ready.warnings:
            progress.log(f"warning: {warning}")
    door.activate()


def make_ready(door: ControlDoor, document: dict[str, Any], lines: Sequence[LineOrigin], progress: Progress) -> Ready:
    """Start the revision's workers beside what serves.

    Raises `ServiceError`, with the traceback at the lines of the user's cell, as soon as they failed.
    """
    doing = "start"

    def waiting(seconds: float) -> None:
        limit = document["limits"]["init_timeout_s"]
        progress.log(f"still at it ({doing}, {seconds:.0f} s; the limit is {limit} s)")

    for said in door.candidate(document, waiting):
        if "ready" in said:
            if document["batch"] and not said.get("rows"):
                progress.log("batching is not proven: give a sample of two rows or more with --input")
            return _ready(said, document["entry_script"], lines)
        if "failed" in said:
            what, hint, details = explain(said["failed"], document["entry_script"], lines)
            raise ServiceError(what, hint=hint, details=details)
        if "stage" in said:
            doing = str(said["stage"])
            progress.log(f"worker: {doing}")
        elif said.get("log", "").strip():
            progress.log(str(said["log"]))
    raise ServiceError("the front said neither ready nor failed", hint="look at the service's logs")


def _ready(said: Mapping[str, Any], script: str, lines: Sequence[LineOrigin]) -> Ready:
    warnings = tuple(str(warning) for warning in said.get("warnings") or ())
    probe = said.get("probe")
    if not probe:
        return Ready(None, warnings)
    headers = {str(name).lower(): str(value) for name, value in probe.get("headers") or ()}
    traceback = probe.get("traceback")
    answer = ProbeAnswer(
        status=int(probe["status"]),
        headers=headers,
        body=str(probe["body"]),
        milliseconds=probe.get("ms"),
        warnings=warnings,
        output=output_schema(said.get("swagger")),
        traceback=map_traceback(traceback, script, lines) if traceback else None,
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
