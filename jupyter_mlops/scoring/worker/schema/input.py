"""The schema mode: a JSON object whose members become the decorated parameters of `run`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from jupyter_mlops.scoring.wire import Request
from jupyter_mlops.scoring.worker.inputs import BadInput, Together, wanted_json
from jupyter_mlops.scoring.worker.notes import Notes
from jupyter_mlops.scoring.worker.schema.converters import Converter, converter_for
from jupyter_mlops.scoring.worker.schema.layers import Layer

__all__ = ["SchemaInput"]

_EMPTY = inspect.Parameter.empty


class _Parameter(NamedTuple):
    name: str
    default: Any
    steps: tuple[tuple[Converter, bool], ...]
    """Converters, outermost decorator first, each with whether the decorator said `optional`."""


class SchemaInput:
    """Reads the members of the body and converts each by its decorator's sample."""

    name = "schema"
    needs_head = False

    def __init__(self, parameters: Sequence[inspect.Parameter], layers: Sequence[Layer]) -> None:
        self.parameters = tuple(
            _Parameter(each.name, each.default, tuple(_steps(each.name, layers))) for each in parameters
        )
        self._exact = not all(
            each.steps and all(converter.exact is False for converter, _ in each.steps) for each in self.parameters
        )
        self._join = _join_of(self.parameters)

    def read(self, request: Request, notes: Notes) -> dict[str, Any]:
        body = wanted_json(request.body, exact=self._exact)
        arguments = {}
        for name, default, steps in self.parameters:
            value = body.get(name, _EMPTY)
            if value is _EMPTY:
                if default is _EMPTY:
                    raise BadInput(f"A value is not provided for the {name!r} parameter.")
                arguments[name] = _default(name, default, steps)
                continue
            for converter, optional in steps:
                if value or not optional:
                    value = converter.convert(value, name, notes)
            arguments[name] = value
        return arguments

    def read_together(self, requests: Sequence[Request]) -> Together | None:
        """Rows of the one parameter, where its sample lets them be read at once: twice as fast as one by one."""
        join = self._join
        if join is None:
            return None
        name, exact = self.parameters[0].name, self._exact
        try:
            values = [wanted_json(request.body, exact=exact)[name] for request in requests]
        except (BadInput, KeyError):
            return None
        rows = join(values)
        return None if rows is None else Together({name: rows}, list(map(len, values)))


def _join_of(parameters: Sequence[_Parameter]) -> Callable[[list[Any]], Any] | None:
    """What reads the values of several requests, where all of a request is one of them."""
    if len(parameters) != 1 or len(parameters[0].steps) != 1:
        return None
    return getattr(parameters[0].steps[0][0], "convert_together", None)


def _steps(name: str, layers: Sequence[Layer]) -> list[tuple[Converter, bool]]:
    return [(converter_for(each.type), each.optional) for each in layers if each.name == name and each.convert]


def _default(name: str, default: Any, steps: Sequence[tuple[Converter, bool]]) -> Any:
    """A default goes through the conversion like any value, as it does there; one that cannot is passed as written."""
    value = default
    try:
        for converter, optional in steps:
            if value or not optional:
                value = converter.convert(value, name, Notes())
    except (BadInput, ValueError):  # ValueError: the truth of an array
        return default
    return value
