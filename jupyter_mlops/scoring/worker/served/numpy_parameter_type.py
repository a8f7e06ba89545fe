"""`inference_schema.parameter_types.numpy_parameter_type`."""

from __future__ import annotations

from typing import Any

import numpy as np

from jupyter_mlops.scoring.worker.schema.describe import describe_array
from jupyter_mlops.scoring.worker.served.abstract_parameter_type import AbstractParameterType, read_by_converter

__all__ = ["NumpyParameterType"]


class NumpyParameterType(AbstractParameterType):
    """An ndarray like the sample: its dtype if `enforce_column_type`, all sizes but the first if `enforce_shape`."""

    def __init__(self, sample_input: Any, enforce_column_type: bool = True, enforce_shape: bool = True) -> None:
        if not isinstance(sample_input, np.ndarray):
            raise TypeError(f"NumpyParameterType wants a numpy array as its sample, not {type(sample_input).__name__}")
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape

    def deserialize_input(self, input_data: Any) -> Any:
        return read_by_converter(self, input_data)

    def input_to_swagger(self) -> dict[str, Any]:
        return describe_array(self.sample_input)
