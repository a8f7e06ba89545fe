"""JSON as the variable of a notebook that it stands for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.capture.signature import signature_of
from jupyter_mlops.errors import UsageError
from jupyter_mlops.sdk.samples import SampleKind, sample_of


@pytest.mark.parametrize(
    ("given", "as_in_a_notebook"),
    [
        ([{"age": 50, "sex": "f"}, {"age": 60, "sex": "m"}], pd.DataFrame({"age": [50, 60], "sex": ["f", "m"]})),
        ({"age": [50, 60], "bmi": [1.5, 2]}, pd.DataFrame({"age": [50, 60], "bmi": [1.5, 2]})),
        ([[1.0, 2.0], [3.0, 4.0]], np.array([[1.0, 2.0], [3.0, 4.0]])),
        ([[[1, 2]], [[3, 4]]], np.array([[[1, 2]], [[3, 4]]])),
        ([["a", "b"]], np.array([["a", "b"]])),
        ([[1, "a"]], [[1, "a"]]),
        ([[1, 2], [3]], [[1, 2], [3]]),
        ([1, 2], [1, 2]),
        ({"text": "a"}, {"text": "a"}),
        ({"a": [1], "b": [1, 2]}, {"a": [1], "b": [1, 2]}),
        ([], []),
        ("a text", "a text"),
    ],
)
def test_a_sample_has_the_signature_of_the_variable(given: Any, as_in_a_notebook: Any) -> None:
    assert signature_of(sample_of(given)) == signature_of(as_in_a_notebook)


def test_objects_may_be_meant_as_they_are() -> None:
    words = [{"word": 1}, {"other": 2}]
    assert sample_of(words, "value") is words


@pytest.mark.parametrize(("given", "kind"), [("text", "frame"), ([[1], [2, 3]], "array")])
def test_what_is_not_what_it_is_said_to_be(given: Any, kind: SampleKind) -> None:
    with pytest.raises(UsageError, match=f"no {kind}"):
        sample_of(given, kind)
