"""`inference_schema.parameter_types.standard_py_parameter_type`."""

from __future__ import annotations

import json
from typing import Any

from jupyter_mlops.scoring.worker.schema.describe import describe_value
from jupyter_mlops.scoring.worker.served.abstract_parameter_type import AbstractParameterType, read_by_converter

__all__ = ["StandardPythonParameterType"]


class StandardPythonParameterType(AbstractParameterType):
    """A scalar, a date, bytes, a list or a dictionary; the last two may hold other sample types, to any depth."""

    def __init__(self, sample_input: Any) -> None:
        super().__init__(sample_input)
        is_list = isinstance(sample_input, list | tuple)
        members = sample_input.items() if isinstance(sample_input, dict) else ()
        self.sample_data_type_map = {key: each for key, each in members if isinstance(each, AbstractParameterType)}
        self.sample_data_type_list = [
            each for each in (sample_input if is_list else ()) if isinstance(each, AbstractParameterType)
        ]

    def deserialize_input(self, input_data: Any) -> Any:
        return read_by_converter(self, input_data)

    def input_to_swagger(self) -> dict[str, Any]:
        if self.sample_input is None:
            raise ValueError("a sample may not be None")
        schema = describe_value(self.sample_input)
        try:
            json.dumps(schema)
        except TypeError as error:
            raise TypeError(f"the sample has no JSON form, so it cannot be described: {error}") from error
        return schema
