"""`inference_schema.parameter_types.pandas_parameter_type`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jupyter_mlops.scoring.worker.schema.describe import describe_frame
from jupyter_mlops.scoring.worker.served.abstract_parameter_type import AbstractParameterType, read_by_converter

__all__ = ["PandasParameterType"]

_ORIENTS = ("split", "records", "index", "columns", "values", "table")


class PandasParameterType(AbstractParameterType):
    """A DataFrame like the sample, written in `orient` (a word of `DataFrame.to_json`)."""

    def __init__(
        self,
        sample_input: Any,
        enforce_column_type: bool = True,
        enforce_shape: bool = True,
        apply_column_names: bool = False,
        orient: str = "records",
    ) -> None:
        if not isinstance(sample_input, pd.DataFrame):
            raise TypeError(f"PandasParameterType wants a DataFrame as its sample, not {type(sample_input).__name__}")
        if orient not in _ORIENTS:
            raise ValueError(f"orient must be one of {', '.join(_ORIENTS)}, not {orient!r}")
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape
        self.apply_column_names = apply_column_names
        self.orient = orient

    def deserialize_input(self, input_data: Any) -> Any:
        return read_by_converter(self, input_data)

    def input_to_swagger(self) -> dict[str, Any]:
        return describe_frame(self.sample_input, self.orient)
