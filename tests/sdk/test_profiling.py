"""The figures of a training sample stay with the model, and with the model alone."""

import pytest

from jupyter_mlops import Model, Workspace
from jupyter_mlops.capture.signature import signature_of
from jupyter_mlops.sdk.profiling import with_profile


def profile_of(sample):
    signature = with_profile(signature_of(sample), sample)
    assert signature is not None
    return {column.name: column for column in signature.profile}


def test_a_frame(tmp_path):
    pandas = pytest.importorskip("pandas")
    sample = pandas.DataFrame({"age": [31, 40, None], "colour": pandas.Categorical(["red", "red", None]), 7: [1, 2, 3]})
    found = profile_of(sample)
    assert list(found) == ["age", "colour", "7"]
    assert found["age"].mean == 35.5
    assert found["age"].missing == 1
    assert found["colour"].top == {"red": 1.0}


def test_a_frame_of_polars_and_an_array_have_them_too():
    polars = pytest.importorskip("polars")
    numpy = pytest.importorskip("numpy")
    assert profile_of(polars.DataFrame({"age": [31.0, 40.0, None]}))["age"].missing == 1
    assert profile_of(numpy.array([[1.0, 2.0], [3.0, 6.0]]))["1"].mean == 4.0
    assert profile_of(numpy.zeros((2, 28, 28))) == {}
    assert profile_of(numpy.zeros((2, 784))) == {}
    assert profile_of([[1, 2]]) == {}


def test_of_many_rows_every_nth():
    numpy = pytest.importorskip("numpy")
    column = profile_of(numpy.arange(60_000.0).reshape(30_000, 2))["0"]
    assert column.count == 10_000
    assert column.mean == pytest.approx(30_000, rel=0.01)


def test_a_registered_model_keeps_them():
    numpy = pytest.importorskip("numpy")
    with Workspace() as workspace:
        Model.register(workspace, model_name="m", model={"a": 1}, sample=numpy.array([[1.0], [3.0]]))
        signature = Model(workspace, "m").signature
    assert signature is not None
    (column,) = signature.profile
    assert (column.mean, column.edges[0]) == (2.0, 1.2)
