"""One converter for each sample type: `convert(value, name, notes)` gives what `run` was promised."""

from __future__ import annotations

from typing import Any, Protocol

from jupyter_mlops.scoring.worker.inputs import BadInput
from jupyter_mlops.scoring.worker.notes import Notes
from jupyter_mlops.scoring.worker.schema.values import Lists, Mappings, Scalars

__all__ = ["Converter", "Foreign", "converter_for", "is_parameter_type"]

_PLACES = ("inference_schema.", "jupyter_mlops.scoring.worker.served.")


class Converter(Protocol):
    """Reads one member of the request; raises BadInput, whose words have `name`.

    `exact`: integers over 64 bits must come as integers; where False, floats in their place make no difference.
    """

    exact: bool

    def convert(self, value: Any, name: str, notes: Notes) -> Any: ...


class Foreign:
    """A parameter type that we do not know: its own `deserialize_input` reads it."""

    exact = True

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._type = kind.sample_data_type

    def convert(self, value: Any, name: str, notes: Notes) -> Any:
        if isinstance(value, self._type):
            return value
        try:
            return self._kind.deserialize_input(value)
        except Exception as error:
            wanted = self._type.__name__
            raise BadInput(f"{name!r} cannot be read as {wanted}: {type(error).__name__}: {error}") from error


def is_parameter_type(value: Any) -> bool:
    """Whether a member of a sample is itself a sample type."""
    return hasattr(value, "deserialize_input") and hasattr(value, "sample_data_type")


def converter_for(kind: Any) -> Converter:
    """The converter of a parameter type, of inference_schema or of our twin. A subclass of one reads for itself, and
    is entered where it holds others."""
    name = type(kind).__name__ if type(kind).__module__.startswith(_PLACES) else ""
    if name == "NumpyParameterType":
        from jupyter_mlops.scoring.worker.schema.arrays import Arrays

        return Arrays(kind.sample_input, kind.enforce_column_type, kind.enforce_shape)
    if name == "PandasParameterType":
        from jupyter_mlops.scoring.worker.schema.frames import Frames

        return Frames(
            kind.sample_input, kind.enforce_column_type, kind.enforce_shape, kind.apply_column_names, kind.orient
        )
    if kind.sample_data_type is dict:
        return Mappings(
            {key: converter_for(each) for key, each in kind.sample_input.items() if is_parameter_type(each)}
        )
    if kind.sample_data_type in (list, tuple):
        items = [each for each in kind.sample_input if is_parameter_type(each)]
        return Lists(converter_for(items[0]) if items else None)
    return Scalars(kind.sample_data_type) if name == "StandardPythonParameterType" else Foreign(kind)
