"""`inference_schema.schema_util`: what the decorators of a function say, as Swagger schemas."""

from __future__ import annotations

import copy
import inspect
from typing import Any, NamedTuple

from jupyter_mlops.scoring.worker.schema.layers import Layer

__all__ = ["get_input_schema", "get_output_schema", "get_supported_versions", "is_schema_decorated"]

SCHEMA = "__mlops_schema__"
_EVERY = ("2.0", "3.0", "3.1")


class _Recorded(NamedTuple):
    input: dict[str, Any] | None = None
    output: dict[str, Any] | None = None
    versions: tuple[tuple[str, ...], tuple[str, ...]] = (_EVERY, _EVERY)
    """Of the input and of the output; the outermost input's word counts, as there."""


def get_input_schema(func: Any) -> dict[str, Any]:
    """One object, with a property for each parameter."""
    return copy.deepcopy(_recorded(func).input or {"type": "object"})


def get_output_schema(func: Any) -> dict[str, Any]:
    """The schema of the answer."""
    return copy.deepcopy(_recorded(func).output or {"type": "object"})


def get_supported_versions(func: Any) -> list[str]:
    """The Swagger versions that can describe both."""
    first, second = _recorded(func).versions
    return sorted(set(first) & set(second))


def is_schema_decorated(func: Any) -> bool:
    """Whether a schema decorator is on the function."""
    return hasattr(func, SCHEMA)


def record_input(function: Any, layer: Layer) -> _Recorded:
    """What is known of a function, with one more input."""
    before = _recorded(function)
    schema = copy.deepcopy(before.input)
    if schema is None:
        names = list(inspect.signature(function).parameters)
        schema = {"type": "object", "properties": {name: {} for name in names}, "example": dict.fromkeys(names, "")}
    described = dict(layer.type.input_to_swagger())
    schema["example"][layer.name] = described.pop("example")
    schema["properties"][layer.name] = described
    return before._replace(input=schema, versions=(tuple(layer.type.supported_versions()), before.versions[1]))


def record_output(function: Any, kind: Any) -> _Recorded:
    """What is known of a function, with its output."""
    before = _recorded(function)
    versions = (before.versions[0], tuple(kind.supported_versions()))
    return before._replace(output=dict(kind.input_to_swagger()), versions=versions)


def _recorded(function: Any) -> _Recorded:
    found = getattr(function, SCHEMA, None)
    return found if isinstance(found, _Recorded) else _Recorded()
