"""Promise 1: works in the notebook ⇒ works in the service. A script is run as a service runs it, and its answer judged.

`prove` does it in a clean process with the real scoring server; `check_answer` judges, and is purely computational.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.errors import ProofError, ServiceError
from jupyter_mlops.records import (
    EnvironmentLock,
    ImageManifest,
    LineOrigin,
    Progress,
    ProofResult,
    ServiceOptions,
    ServiceSpec,
)
from jupyter_mlops.services.answers import Difference, against_sample, against_schema, declares
from jupyter_mlops.services.target import ProbeAnswer

__all__ = ["check_answer", "prove"]

_SHOWN = 300


def prove(
    content: Path,
    manifest: ImageManifest,
    lock: EnvironmentLock,
    *,
    interpreter: str,
    lines: Sequence[LineOrigin] = (),
    progress: Progress,
    options: ServiceOptions | None = None,
) -> ProofResult:
    """Run `init()` and the sample request of an unpacked image in a process that sees the lock's packages alone.

    `interpreter` satisfies the lock; `lines` say where the script's lines came from. Without a sample the script is
    loaded and `init()` run, and the result says `proven=False`. Nothing is left running, whatever happens.
    Raises `ProofError`, with the traceback at the lines of the user's cell.
    """
    from jupyter_mlops.services.process.candidate import make_ready
    from jupyter_mlops.services.process.control import ControlDoor
    from jupyter_mlops.services.process.launch import helper, wait_for_control
    from jupyter_mlops.services.process.machine import short_folder
    from jupyter_mlops.services.process.revision import document

    spec = ServiceSpec(
        service="proof",
        revision=0,
        workspace="proof",
        image="proof",
        manifest=manifest,
        lock=lock,
        content=str(content),
        interpreter=interpreter,
        options=options or ServiceOptions(),
        lines=tuple(lines),
    )
    with tempfile.TemporaryDirectory(prefix="proof-", dir=short_folder()) as name:
        folder = Path(name)
        control, log = folder / "c.sock", folder / "front.log"
        with helper(folder, control, log) as lives:
            try:
                wait_for_control(control, lives, log, port=False)
                ready = make_ready(ControlDoor(control), document(spec), lines, progress)
                if ready.answer is None:
                    return ProofResult(proven=False, warnings=ready.warnings, lock=manifest.lock)
            except ServiceError as error:
                raise ProofError(error.what, where=error.where, hint=error.hint, details=error.details) from error
            answer = ready.answer
            warnings = check_answer(answer, manifest)
    return ProofResult(
        proven=True,
        status=answer.status,
        answer=_told(answer),
        milliseconds=answer.milliseconds,
        warnings=tuple(warnings),
        lock=manifest.lock,
    )


def check_answer(answer: ProbeAnswer, manifest: ImageManifest) -> list[str]:
    """Judge the answer to the sample request by what was declared: the sample output, and the script's own schema.

    The kind of every value, the keys of every object and the lengths of rows must be as declared; other numbers are
    only warned of (a model that was trained again answers others). Returns the warnings.
    Raises `ProofError`: a status other than 200, an answer that is no JSON where JSON was declared, a string where
    numbers were.
    """
    if answer.status != 200:
        raise _not_200(answer)
    _check_rows(answer)
    schema = answer.output if declares(answer.output) else None
    declared = manifest.has_sample_output or schema is not None
    if not _is_json(answer):
        if declared:
            raise ProofError(f"the answer is not JSON, which was declared: {_short(answer.body)}")
        return [*answer.warnings, "the answer is not JSON"]
    value = json.loads(answer.body)
    differences: list[Difference] = []
    if manifest.has_sample_output:
        differences += against_sample(value, manifest.sample_output)
    if schema is not None:
        differences += against_schema(value, schema)
    for difference in differences:
        if difference.is_failure:
            raise ProofError(
                f"the answer is not what was declared: {difference.text}",
                hint=difference.hint,
                details=_short(answer.body),
            )
    warnings = [*answer.warnings, *(difference.text for difference in differences)]
    return warnings if declared else [*warnings, *_suspicions(value)]


def _check_rows(answer: ProbeAnswer) -> None:
    """Rows that are put together must be answered as they are one by one. Raises `ProofError`."""
    for number, (alone, together) in enumerate(zip(answer.alone, answer.together, strict=True)):
        if alone != together and against_sample(_value(together), _value(alone)):
            differ = f"{_short(together)} together with others, {_short(alone)} alone"
            raise ProofError(
                f"row {number} of the sample is answered {differ}",
                hint="this run() cannot be batched: leave batch_max_size out",
            )


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _not_200(answer: ProbeAnswer) -> ProofError:
    if answer.traceback:
        last = answer.traceback.rstrip().rpartition("\n")[2]
        return ProofError(f"run() failed on the sample request: {last}", details=answer.traceback)
    message = _message(answer.body).rstrip(".")
    hint = None
    if answer.status == 400:
        hint = "give a request that the script takes, with --input"
    elif answer.status == 504:
        hint = "make run() faster, or give it more time with scoring_timeout_ms"
    return ProofError(f"the sample request was answered with status {answer.status}: {message}", hint=hint)


def _is_json(answer: ProbeAnswer) -> bool:
    if "json" not in answer.headers.get("content-type", "application/json"):
        return False
    try:
        json.loads(answer.body)
    except ValueError:
        return False
    return True


def _told(answer: ProbeAnswer) -> Any:
    """The answer as people see it: JSON, the beginning of a text, or of which kind the bytes are."""
    if _is_json(answer):
        return json.loads(answer.body)
    return answer.body[:_SHOWN] if "\ufffd" not in answer.body else f"({answer.headers.get('content-type', 'bytes')})"


def _suspicions(value: Any) -> list[str]:
    """What nobody declared and yet looks like a failure that the script swallowed."""
    if isinstance(value, str):
        return ["the answer is a string; declare what it should be with --output"]
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)).lower() in ("error", "message", "exception"):
        return [f"the answer looks like an error that the script caught: {_short(json.dumps(value))}"]
    if isinstance(value, float) and math.isnan(value):
        return ["the answer is NaN, which is no JSON to other languages"]
    return []


def _message(body: str) -> str:
    try:
        known = json.loads(body)
    except ValueError:
        return _short(body)
    return _short(str(known["message"])) if isinstance(known, dict) and "message" in known else _short(body)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
