"""Tab: what stands where the cursor is, from the table, the workspace and the notebook."""

import pytest

from jupyter_mlops.magics.completion import suggestions
from jupyter_mlops.views.verbs import verb

HERE = {"X_test": 1, "X_train": 2, "model": 3}


@pytest.mark.parametrize(
    ("name", "typed", "expected"),
    [
        ("deploy", "svc --mo", ["--model"]),
        ("deploy", "svc --auth-enabled ", ["true", "false"]),
        ("test_service", "svc --data X_t", ["X_test", "X_train"]),
        ("register_model", "mod", ["model"]),
        ("register_model", "model --na", ["--name"]),
        ("service_keys", "svc --regenerate p", ["primary"]),
        ("monitor", "svc --window 5m --l", ["--live"]),
        ("register_model", "model --framework Sci", ["ScikitLearn"]),
    ],
)
def test_suggestions(name, typed, expected):
    assert suggestions(verb(name), typed, HERE) == expected


def test_an_option_that_was_given_is_not_offered_again_unless_it_may_be():
    offered = suggestions(verb("deploy"), "svc --port 80 --model m --", {})
    assert "--port" not in offered
    assert "--model" in offered
    assert "--help" in offered


def test_after_the_arguments_come_the_options():
    assert suggestions(verb("delete_image"), "svc:1 ", {}) == ["--help"]
    assert suggestions(verb("delete_service"), "svc ", {})[:1] == ["--delete-image"]


def test_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "m.pkl").write_text("")
    assert suggestions(verb("register_model"), "mode", {}) == ["models/"]
    assert suggestions(verb("register_model"), "models/", {}) == ["models/m.pkl"]


def test_free_text_has_no_suggestions():
    assert suggestions(verb("register_model"), "model --description X", HERE) == []


def test_tab_in_a_real_kernel(kernel):
    kernel.run("X_test = [[1.0, 2.0]]; import sys\nmodel = {'a': 1}")
    kernel.run("%register_model model --name diabetes")
    kernel.run("%register_model model --name churn")
    assert kernel.complete("%deploy svc --mod") == ["--model"]
    assert sorted(kernel.complete("%deploy svc --model ")) == ["churn", "diabetes"]
    assert kernel.complete("%deploy svc --model diabetes:") == ["diabetes:1"]
    assert kernel.complete("%test_service svc --data X") == ["X_test"]
    assert kernel.complete("service = %deploy svc --scr") == ["--script"]
    assert kernel.complete("%%score_script score --mo") == ["--model"]
    assert "%register_model" in kernel.complete("%registe")
    assert "--port" not in kernel.complete("X_te")


def test_revisions_are_those_of_a_service_that_the_line_names(shell):
    assert suggestions(verb("update_service"), "--to-revision ", {}) == []
    assert suggestions(verb("update_service"), "nobody --to-revision ", {}) == []
