"""`inference_schema.schema_decorators`: a decorated `run` may also be called by hand, with JSON values."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from jupyter_mlops.scoring.worker.schema.layers import LAYER, Layer
from jupyter_mlops.scoring.worker.served.abstract_parameter_type import AbstractParameterType
from jupyter_mlops.scoring.worker.served.schema_util import SCHEMA, record_input, record_output

__all__ = ["input_schema", "output_schema"]

Run = Callable[..., Any]


def input_schema(
    param_name: str, param_type: Any, convert_to_provided_type: bool = True, optional: bool = False
) -> Callable[[Run], Run]:
    """Declare the parameter `param_name` of `run` to look like the sample of `param_type`."""
    _check(param_type)
    layer = Layer(param_name, param_type, convert_to_provided_type, optional)

    def decorate(function: Run) -> Run:
        shape = inspect.signature(function)

        @functools.wraps(function)
        def wrapper(*arguments: Any, **named: Any) -> Any:
            bound = shape.bind_partial(*arguments, **named)
            if convert_to_provided_type and param_name in bound.arguments:
                bound.arguments[param_name] = _converted(layer, bound.arguments[param_name])
            return function(*bound.args, **bound.kwargs)

        setattr(wrapper, LAYER, (wrapper, layer))
        setattr(wrapper, SCHEMA, record_input(function, layer))
        return wrapper

    return decorate


def output_schema(output_type: Any) -> Callable[[Run], Run]:
    """Declare what `run` returns to look like the sample of `output_type`; it documents, and converts nothing."""
    _check(output_type)

    def decorate(function: Run) -> Run:
        @functools.wraps(function)
        def wrapper(*arguments: Any, **named: Any) -> Any:
            return function(*arguments, **named)

        setattr(wrapper, LAYER, (wrapper, None))
        setattr(wrapper, SCHEMA, record_output(function, output_type))
        return wrapper

    return decorate


def _check(kind: Any) -> None:
    if not isinstance(kind, AbstractParameterType):
        raise TypeError(f"a parameter type is wanted, like NumpyParameterType(sample), not {type(kind).__name__}")


def _converted(layer: Layer, value: Any) -> Any:
    """Raises BadInput, which the server answers with 400 wherever it comes from."""
    from jupyter_mlops.scoring.worker.notes import Notes
    from jupyter_mlops.scoring.worker.schema.converters import converter_for

    if layer.optional and value is None:
        return value
    return converter_for(layer.type).convert(value, layer.name, Notes())
