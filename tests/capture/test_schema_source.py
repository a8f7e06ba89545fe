"""A signature as the text of a sample: what inference-schema makes of it takes the wire form of the original."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.capture.schema_source import schema_source
from jupyter_mlops.capture.signature import signature_of, wire_value
from tests.capture.test_signature import mixed_frame


def parameter_type(sample: Any) -> tuple[Any, Any]:
    """The sample that the text makes, and the parameter type of the real inference-schema."""
    source = schema_source(signature_of(sample))
    assert source is not None
    names: dict[str, Any] = {}
    exec("\n".join([*source.imports, *source.sample, f"kind = {source.type}"]), names)
    return names["SAMPLE"], names["kind"]


def test_a_frame_keeps_its_types() -> None:
    frame = mixed_frame()
    sample, _ = parameter_type(frame)
    assert sample.dtypes.to_dict() == frame.dtypes.to_dict()
    assert list(sample["city"].cat.categories) == ["b", "a", "c"]


def test_inference_schema_reads_back_what_went_over_the_wire() -> None:
    frame = mixed_frame()
    _, kind = parameter_type(frame)
    back = kind.deserialize_input(wire_value(frame))
    pd.testing.assert_frame_equal(back, frame)
    assert kind.input_to_swagger()["type"] == "array"


def test_columns_that_are_numbers() -> None:
    frame = pd.DataFrame(np.eye(3))
    sample, kind = parameter_type(frame)
    assert list(sample.columns) == [0, 1, 2]
    pd.testing.assert_frame_equal(kind.deserialize_input(wire_value(frame)), frame, check_column_type=False)


@pytest.mark.parametrize(
    "array",
    [np.eye(3), np.arange(3), np.zeros((2, 2, 2), dtype="float32"), np.array([["a", "longer than the sample"]])],
    ids=lambda array: str(array.shape),
)
def test_an_array(array: Any) -> None:
    _, kind = parameter_type(array)
    back = kind.deserialize_input(wire_value(array))
    assert back.tolist() == array.tolist()
    assert kind.input_to_swagger()["type"] == "array"


def test_a_structured_array() -> None:
    array = np.array([(1, 0.5), (2, 1.5)], dtype=[("a", "int64"), ("b", "float64")])
    _, kind = parameter_type(array)
    assert kind.deserialize_input(wire_value(array)).tolist() == array.tolist()


def test_a_large_row_is_written_as_zeros() -> None:
    source = schema_source(signature_of(np.ones((1, 3, 64, 64), dtype="float32")))
    assert source is not None
    assert source.sample == ('SAMPLE = np.zeros((1, 3, 64, 64), dtype="float32")',)


def test_a_value() -> None:
    sample, kind = parameter_type({"text": "good", "k": 3})
    assert sample == {"text": "good", "k": 3}
    assert kind.input_to_swagger()["properties"]["k"] == {"type": "integer", "format": "int64"}


def test_a_value_with_nulls_has_no_type() -> None:
    assert schema_source(signature_of({"text": None})) is None
