"""One converter for each sample type: `convert(value, name, notes)` gives what `run` was promised, or raises BadInput."""

from __future__ import annotations

from typing import Any, Protocol

from jupyter_mlops.scoring.worker.inputs import BadInput

__all__ = ["Converter", "Foreign", "converter_for"]


class Converter(Protocol):
    """Reads one member of the request. `name` is for the error's words."""

    def convert(self, value: Any, name: str, notes: list[str]) -> Any: ...


class Foreign:
    """Any other subclass of AbstractParameterType: its own `deserialize_input` does it."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._type = kind.sample_data_type

    def convert(self, value: Any, name: str, notes: list[str]) -> Any:
        if isinstance(value, self._type):
            return value
        try:
            return self._kind.deserialize_input(value)
        except Exception as error:
            wanted = self._type.__name__
            raise BadInput(f"{name!r} cannot be read as {wanted}: {type(error).__name__}: {error}") from error


def converter_for(kind: Any) -> Converter:
    """The converter of a parameter type, real or our twin's."""
    return Foreign(kind)
