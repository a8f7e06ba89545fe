"""Trying a script on a sample: the proof's clean process, with nothing kept of it."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.operations import assembly
from jupyter_mlops.operations.deployment import ImageParts
from jupyter_mlops.records import ScriptRecord

if TYPE_CHECKING:
    from jupyter_mlops.sdk.script import Script

__all__ = ["answer_of", "parameter_names"]

_NONE: Any = object()


def answer_of(script: Script, sample: Any = _NONE) -> Any:
    """The answer to a sample (default: the recorded one). Raises `ProofError`, `UsageError` when there is none."""
    from jupyter_mlops.registry import locks
    from jupyter_mlops.sdk.packages import locked
    from jupyter_mlops.sdk.preparation import model_records
    from jupyter_mlops.sdk.script import Quiet
    from jupyter_mlops.services import proof

    store, record = script.workspace.store, script.record
    body = record.sample_input if sample is _NONE else _body(record, script.source, sample)
    if body is None:
        raise UsageError(f"script {record.name!r} has no sample", hint="script.run(SAMPLE)")
    models = model_records(store, record.models)
    if record.proof is not None and record.proof.lock is not None:
        lock = record.proof.lock
    else:
        lock = locks.save(store, locked(store, record.imports, models))
    parts = ImageParts(models=tuple(model.id for model in models), script=record.digest, lock=lock)
    manifest = assembly.manifest_of(store, parts)
    ready = assembly.unpack(store, manifest, sys.executable, Quiet())
    result = proof.prove(
        ready.content,
        replace(manifest, sample_input=body, sample_output=None, has_sample_output=False),
        ready.lock,
        interpreter=ready.interpreter,
        lines=ready.lines,
        progress=Quiet(),
    )
    return result.answer


def parameter_names(source: str) -> list[str]:
    """The names that a request's keys may have: those that `input_schema` decorators of `run` declare, in the order
    of `run`'s parameters; empty for a `run` that takes the body as it is."""
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == "run":
            declared = {name for decorator in node.decorator_list for name in _declared(decorator)}
            return [argument.arg for argument in node.args.args if argument.arg in declared]
    return []


def _declared(decorator: ast.expr) -> list[str]:
    if not isinstance(decorator, ast.Call) or _called(decorator.func) != "input_schema":
        return []
    given = [*decorator.args[:1], *(keyword.value for keyword in decorator.keywords if keyword.arg == "param_name")]
    return [value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)]


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _body(record: ScriptRecord, source: str, sample: Any) -> str:
    from jupyter_mlops.capture.signature import request_body

    if isinstance(sample, bytes):
        return sample.decode()
    names = parameter_names(source)
    if not names and not isinstance(sample, str) and _is_keyed(record.sample_input) and not isinstance(sample, Mapping):
        names = list(json.loads(record.sample_input or "{}"))
    return sample if isinstance(sample, str) else request_body(names, sample)


def _is_keyed(body: str | None) -> bool:
    """Whether a recorded body is a JSON object of one key (`{"data": …}`), which other samples then take too."""
    try:
        document = json.loads(body or "")
    except ValueError:
        return False
    return isinstance(document, dict) and len(document) == 1
