"""Reading the decorators of a `run`: what each `@input_schema` says, and the function underneath."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any, NamedTuple

__all__ = ["Layer", "Peeled", "inner_code", "peel"]

LAYER = "__mlops_layer__"
"""Attribute of our twin's decorators: the decorated function itself, and its Layer (None for an output's)."""


class Layer(NamedTuple):
    """One `@input_schema(name, type, convert_to_provided_type=…, optional=…)`."""

    name: str
    type: Any
    convert: bool
    optional: bool


class Peeled(NamedTuple):
    """`layers`, outermost first, and the function below them.

    `whole` is False where schema decorators are left below one of the script's own: those convert by themselves.
    """

    layers: tuple[Layer, ...]
    function: Callable[..., Any]
    decorated: bool
    whole: bool


def peel(run: Callable[..., Any]) -> Peeled:
    """Take off the decorators of inference_schema (or of our twin) that lie outermost."""
    layers: list[Layer] = []
    function, decorated = run, False
    while True:
        found = _layer(function)
        if found is None:
            break
        decorated = True
        layers += found
        function = function.__wrapped__  # type: ignore[attr-defined]
    whole = not any(_layer(each) is not None for each in _below(function))
    return Peeled(tuple(layers), function, decorated or not whole, whole)


def inner_code(run: Callable[..., Any]) -> CodeType | None:
    """The code of the function under all decorators; None where there is none (a callable object)."""
    code = getattr(_below(run)[-1], "__code__", None)
    return code if isinstance(code, CodeType) else None


def _layer(function: Any) -> list[Layer] | None:
    """What a schema decorator says: a list of one for an input, an empty one for an output, None for anything else."""
    ours = getattr(function, LAYER, None)
    if ours is not None and ours[0] is function:  # functools.wraps copies the attribute to decorators above
        return [] if ours[1] is None else [ours[1]]
    wrapper = getattr(function, "_self_wrapper", None)  # wrapt's name for the decorator's body
    if wrapper is None or getattr(wrapper, "__module__", "") != "inference_schema.schema_decorators":
        return None
    cells = dict(
        zip(wrapper.__code__.co_freevars, (cell.cell_contents for cell in wrapper.__closure__ or ()), strict=True)
    )
    if "param_name" not in cells:
        return []
    name, kind = cells["param_name"], cells["param_type"]
    return [Layer(name, kind, cells.get("convert_to_provided_type", True), cells.get("optional", False))]


def _below(function: Any) -> list[Any]:
    """The function and what it wraps, by `__wrapped__` or by what its closure holds, down to the last."""
    chain, seen = [function], {id(function)}
    while True:
        inner = getattr(chain[-1], "__wrapped__", None) or _closed_over(chain[-1])
        if inner is None or id(inner) in seen:
            return chain
        seen.add(id(inner))
        chain.append(inner)


def _closed_over(function: Any) -> Any:
    for cell in getattr(function, "__closure__", None) or ():
        try:
            held = cell.cell_contents
        except ValueError:  # a cell that is not filled yet
            continue
        if callable(held) and hasattr(held, "__code__"):
            return held
    return None
