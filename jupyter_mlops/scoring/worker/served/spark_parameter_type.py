"""`inference_schema.parameter_types.spark_parameter_type`."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

from pyspark.sql.dataframe import DataFrame
from pyspark.sql.session import SparkSession

from jupyter_mlops.scoring.worker.schema.describe import describe_spark
from jupyter_mlops.scoring.worker.schema.values import read_moment
from jupyter_mlops.scoring.worker.served.abstract_parameter_type import AbstractParameterType

__all__ = ["SparkParameterType"]


class SparkParameterType(AbstractParameterType):
    """A Spark DataFrame; the rows come as objects and are read by the sample's schema where `apply_sample_schema`."""

    def __init__(self, sample_input: Any, apply_sample_schema: bool = True) -> None:
        if not isinstance(sample_input, DataFrame):
            raise TypeError(
                f"SparkParameterType wants a Spark DataFrame as its sample, not {type(sample_input).__name__}"
            )
        super().__init__(sample_input)
        self.apply_sample_schema = apply_sample_schema

    def deserialize_input(self, input_data: Any) -> Any:
        if isinstance(input_data, DataFrame):
            return input_data
        if not isinstance(input_data, list):
            raise ValueError(f"an array of rows is wanted, not {type(input_data).__name__}")
        session = SparkSession.builder.getOrCreate()
        if not self.apply_sample_schema:
            return session.createDataFrame(input_data)
        schema = self.sample_input.schema
        return session.createDataFrame([_as(row, schema) for row in input_data], schema=schema)

    def input_to_swagger(self) -> dict[str, Any]:
        return describe_spark(self.sample_input)


def _as(value: Any, kind: Any) -> Any:
    """A JSON value as the Spark type wants it: dates, decimals and bytes come as text."""
    name = kind.typeName()
    if value is None:
        return None
    if name == "struct":
        return {field.name: _as(value[field.name], field.dataType) for field in kind.fields}
    if name == "array":
        return [_as(each, kind.elementType) for each in value]
    if name == "map":
        return {key: _as(each, kind.valueType) for key, each in value.items()}
    if name in ("date", "timestamp"):
        moment = read_moment(value)
        return moment.date() if name == "date" else moment
    if name == "decimal":
        return Decimal(str(value))
    return bytearray(base64.b64decode(value)) if name == "binary" else value
