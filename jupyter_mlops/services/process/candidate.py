"""One revision brought up in a front that runs: candidate, check of its answer, switch of the traffic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.records import LineOrigin, Progress
from jupyter_mlops.services.failures import explain
from jupyter_mlops.services.process.control import ControlDoor
from jupyter_mlops.services.target import ProbeAnswer

__all__ = ["bring_up", "make_ready", "probe_answer"]


def bring_up(
    door: ControlDoor,
    document: dict[str, Any],
    lines: Sequence[LineOrigin],
    progress: Progress,
    check: Callable[[ProbeAnswer], None] | None,
) -> None:
    """Start the revision, hand its answer to the sample request to `check`, and switch the traffic to it.

    Raises `ServiceError` when it did not start, and what `check` raises; the candidate is then still there.
    """
    ready = make_ready(door, document, lines, progress)
    answer = probe_answer(ready)
    if check is not None and answer is not None:
        check(answer)
    door.activate()


def make_ready(
    door: ControlDoor, document: dict[str, Any], lines: Sequence[LineOrigin], progress: Progress
) -> dict[str, Any]:
    """Start the revision's workers beside what serves; the front's last word about them.

    Raises `ServiceError`, with the traceback at the lines of the user's cell, as soon as they failed.
    """
    doing = "start"

    def waiting(seconds: float) -> None:
        limit = document["limits"]["init_timeout_s"]
        progress.log(f"still at it ({doing}, {seconds:.0f} s; the limit is {limit} s)")

    for said in door.candidate(document, waiting):
        if "ready" in said:
            for warning in said.get("warnings") or ():
                progress.log(f"warning: {warning}")
            return said
        if "failed" in said:
            what, hint, details = explain(said["failed"], document["entry_script"], lines)
            raise ServiceError(what, hint=hint, details=details)
        if "stage" in said:
            doing = str(said["stage"])
            progress.log(f"worker: {doing}")
        elif "log" in said:
            progress.log(str(said["log"]))
    raise ServiceError("the front said neither ready nor failed", hint="look at the service's logs")


def probe_answer(ready: Mapping[str, Any]) -> ProbeAnswer | None:
    """The answer to the sample request; None when there was no sample."""
    probe = ready.get("probe")
    if not probe:
        return None
    headers = probe.get("headers") or {}
    pairs = headers.items() if isinstance(headers, dict) else headers
    return ProbeAnswer(
        status=int(probe["status"]),
        headers={str(name).lower(): str(value) for name, value in pairs},
        body=str(probe["body"]),
        milliseconds=probe.get("ms"),
        warnings=tuple(ready.get("warnings") or ()),
        output=ready.get("output"),
    )
