"""`--input` and `--output`: the decorators that describe `run`, and the request and answer of the proof."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.capture.cells.entry import Entry
from jupyter_mlops.capture.cells.refusals import is_model
from jupyter_mlops.capture.schema_source import quoted, schema_source
from jupyter_mlops.capture.signature import request_body, signature_of, wire_value
from jupyter_mlops.errors import CaptureError, MlopsError, UsageError

__all__ = ["ABSENT", "Samples", "samples_for"]

ABSENT: Any = ...
"""No example was given (None is one)."""

_ROWS = 5
_OUR_DECORATORS = {"input_schema", "output_schema", "rawhttp"}


@dataclass(frozen=True)
class Samples:
    """`imports`: lines; `constants`: lines; `decorators`: lines above `run`; the rest as in `CapturedScript`."""

    imports: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    body: str | None = None
    output: Any = None
    has_output: bool = False


def samples_for(entry: Entry, example: Any, answer: Any, taken: set[str]) -> Samples:
    """Decorators and the proof's request from the examples. `taken` are names that constants must not have.

    Raises `UsageError` for an example that has no JSON or does not fit `run`.
    """
    for option, value in (("--input", example), ("--output", answer)):
        if value is not ABSENT and is_model(value):
            raise UsageError(f"{option} is a model ({type(value).__name__}), not an example", where=entry.label)
    example, answer = _cut(example, answer)
    given: dict[str, Any] = {}
    body = None
    decorated = bool(entry.decorators & _OUR_DECORATORS)
    by_itself = not decorated and reads_json(entry)
    try:
        if example is not ABSENT:
            given = {} if decorated or by_itself or entry.run is None else _by_parameter(entry, example)
            body = _body(entry, example, given, decorated=decorated)
        output = wire_value(answer) if answer is not ABSENT else None
        imports, constants, decorators = _schema(entry, given, answer, taken)
    except CaptureError:
        raise
    except MlopsError as error:
        raise UsageError(error.what, where=entry.label, hint=error.hint) from error
    return Samples(imports, constants, decorators, body, output, answer is not ABSENT)


def _body(entry: Entry, example: Any, given: dict[str, Any], *, decorated: bool) -> str:
    if given:
        return request_body(list(given), given)
    if "rawhttp" in entry.decorators or entry.run is None:
        return request_body([], example)
    if decorated:
        names = _schema_names(entry) or entry.parameters
        return request_body(names, example)
    key = wanted_key(entry)
    if key is not None and not isinstance(example, str | dict):
        return request_body([key], example)
    return request_body([], example)


def _by_parameter(entry: Entry, example: Any) -> dict[str, Any]:
    """The example of each parameter: a dict with one for each where `run` needs several."""
    names = [name for name in entry.parameters if name != "request_headers"]
    required = [name for name in entry.required if name != "request_headers"]
    is_keyed = isinstance(example, dict) and bool(example) and set(required) <= set(example) <= set(names)
    if is_keyed and required:
        return {name: example[name] for name in names if name in example}
    if len(required) > 1:
        raise UsageError(
            f"run() needs {', '.join(required)}, and --input is one {type(example).__name__}",
            where=entry.label,
            hint=f"give a dict with {', '.join(f'{name!r}: …' for name in required)}",
        )
    return {names[0]: example}


def _schema(
    entry: Entry, given: dict[str, Any], answer: Any, taken: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    imports: list[str] = []
    constants: list[str] = []
    decorators: list[str] = []
    used: list[str] = []
    for name, value in given.items():
        constant = _free("SAMPLE_INPUT" if len(given) == 1 else f"SAMPLE_{name.upper()}", taken)
        source = schema_source(signature_of(value), constant)
        if source is not None:
            imports += source.imports
            constants += source.sample
            decorators.append(f"@input_schema({quoted(name)}, {source.type})")
            used.append("input_schema")
    is_plain = not entry.decorators & _OUR_DECORATORS
    # A `run` that reads the text of the request itself takes a string, which decorators would not give it.
    if answer is not ABSENT and is_plain and given:
        constant = _free("SAMPLE_OUTPUT", taken)
        source = schema_source(signature_of(answer), constant)
        if source is not None:
            imports += source.imports
            constants += source.sample
            decorators.append(f"@output_schema({source.type})")
            used.append("output_schema")
    if used:
        imports.append(f"from inference_schema.schema_decorators import {', '.join(dict.fromkeys(used))}")
    return tuple(dict.fromkeys(imports)), tuple(constants), tuple(decorators)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name = f"{name}_"
    taken.add(name)
    return name


# ── the request, and the rows of it ──


def _cut(example: Any, answer: Any) -> tuple[Any, Any]:
    """The first rows of a long example; the answer's too, when it has one for each.

    An answer of another length says that all rows are needed for it: then nothing is cut.
    """
    rows = _rows(example)
    if rows is None or rows <= _ROWS or (answer is not ABSENT and _rows(answer) != rows):
        return example, answer
    return example[:_ROWS], answer if answer is ABSENT else answer[:_ROWS]


def _rows(value: Any) -> int | None:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return int(shape[0]) if shape else None
    return len(value) if isinstance(value, list) else None


def reads_json(entry: Entry) -> bool:
    """Whether `run` takes the request as text and reads its JSON itself."""
    return bool(_readings(entry))


def _readings(entry: Entry) -> list[ast.Call]:
    if entry.run is None or not entry.parameters:
        return []
    first = entry.parameters[0]
    calls = [node for node in ast.walk(entry.run) if isinstance(node, ast.Call) and node.args and _is_reader(node.func)]
    return [call for call in calls if any(isinstance(n, ast.Name) and n.id == first for n in ast.walk(call.args[0]))]


def _is_reader(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("loads", "read_json")


def wanted_key(entry: Entry) -> str | None:
    """`data` of `json.loads(raw)["data"]`, or of `request = json.loads(raw)` and `request["data"]`."""
    readings = _readings(entry)
    if entry.run is None or not readings:
        return None
    names = {
        target.id
        for node in ast.walk(entry.run)
        if isinstance(node, ast.Assign) and node.value in readings
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(entry.run):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            is_read = node.value in readings or (isinstance(node.value, ast.Name) and node.value.id in names)
            if is_read and isinstance(node.slice.value, str):
                return node.slice.value
    return None


def _schema_names(entry: Entry) -> list[str]:
    """The parameters that the cell's own `@input_schema` lines name."""
    found = []
    for decorator in entry.run.decorator_list if entry.run else []:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("input_schema"):
            keyword = next((one.value for one in decorator.keywords if one.arg == "param_name"), None)
            first = decorator.args[0] if decorator.args else keyword
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.append(first.value)
    return [name for name in entry.parameters if name in found]
