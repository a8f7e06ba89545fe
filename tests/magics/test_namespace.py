"""Variables by name."""

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.magics.namespace import evaluate, thing, variables

HERE = {"X_test": [1, 2, 3], "_hidden": 1, "re": pytest, "model": object()}


def test_expressions_over_the_notebooks_variables():
    assert evaluate("X_test[:2]", HERE, "--data") == [1, 2]
    assert evaluate("[len(X_test) for _ in X_test]", HERE, "--data") == [3, 3, 3]


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("X_tset", "no variable named 'X_tset'; did you mean X_test?"),
        ("completely_other", "run the cell that makes it first"),
        ("X_test[9]", "X_test[9] raised IndexError"),
        ("X_test[", "is not an expression"),
        ("x = 1", "is not an expression"),
    ],
)
def test_what_has_no_value_is_named(expression, what):
    with pytest.raises(UsageError) as caught:
        evaluate(expression, HERE, "--data")
    assert what in caught.value.message
    assert caught.value.where == "--data"


def test_variables_are_those_that_a_person_made():
    assert variables(HERE) == ["X_test", "model"]


def test_a_variable_comes_before_a_file_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").write_text("")
    assert thing("model", HERE, "").value is HERE["model"]
    assert thing("./model", HERE, "").path == "model"


def test_a_url_is_a_path():
    assert thing("https://host/model.pkl", HERE, "").path == "https://host/model.pkl"


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(UsageError, match="no file or folder named"):
        thing("out/model.pkl", HERE, "")
