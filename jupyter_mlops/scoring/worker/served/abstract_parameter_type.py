"""`inference_schema.parameter_types.abstract_parameter_type`: the base that custom sample types extend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from jupyter_mlops.scoring.worker.schema.describe import fits_swagger_2

__all__ = ["AbstractParameterType"]


class AbstractParameterType(ABC):
    """A sample, and how to read and describe what looks like it."""

    def __init__(self, sample_input: Any) -> None:
        self.sample_input = sample_input
        self.sample_data_type = type(sample_input)

    def supported_versions(self) -> list[str]:
        """The Swagger versions that can describe it."""
        return ["2.0", "3.0", "3.1"] if fits_swagger_2(self.input_to_swagger()["example"]) else ["3.0", "3.1"]

    @abstractmethod
    def deserialize_input(self, input_data: Any) -> Any:
        """From JSON to the sample's type. Raises what it likes for what it cannot read."""

    @abstractmethod
    def input_to_swagger(self) -> dict[str, Any]:
        """The schema, with `example`."""


def read_by_converter(kind: AbstractParameterType, value: Any) -> Any:
    """What the server would make of a value. Raises ValueError, as there."""
    from jupyter_mlops.scoring.worker.inputs import BadInput
    from jupyter_mlops.scoring.worker.notes import Notes
    from jupyter_mlops.scoring.worker.schema.converters import converter_for

    try:
        return converter_for(kind).convert(value, "input", Notes())
    except BadInput as bad:
        raise ValueError(str(bad)) from bad
