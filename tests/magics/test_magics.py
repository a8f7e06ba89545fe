"""The magics in a real shell: what they return, what they print, and how they fail."""

import pickle

import pytest

from jupyter_mlops.errors import NotFoundError, UsageError, WorkspaceError
from jupyter_mlops.magics import CELL_MAGICS, LINE_MAGICS
from jupyter_mlops.views.formatters import bundle_of


def test_a_live_object_becomes_a_model(run, shell):
    shell.user_ns |= {"model": {"weights": [1, 2]}, "X": [[1.0, 2.0]]}
    cell = run("%register_model model --name toy --sample X[:1] --tag team='dark blue' --description \"A toy\"")
    assert cell.error is None
    assert cell.value.id == "toy:1"
    assert cell.value.tags == {"team": "dark blue"}
    assert cell.value.description == "A toy"
    assert cell.value.provenance.cell is not None
    assert run("%register_model model --name toy").value.id == "toy:2"


def test_a_file_becomes_a_model(run, tmp_path):
    (tmp_path / "toy.pkl").write_bytes(pickle.dumps([1]))
    assert run("%register_model toy.pkl --name toy").value.id == "toy:1"


def test_models_are_a_list_that_shows_itself_as_a_table(run, shell):
    shell.user_ns["model"] = {}
    for tag in ("a", "b"):
        run(f"%register_model model --name toy --tag stage={tag}")
    listing = run("%models toy").value
    assert [model.version for model in listing] == [2, 1]
    shown, _ = shell.display_formatter.format(listing)
    assert "<table" in shown["text/html"]
    assert shown["text/plain"].splitlines()[0].startswith("model ")
    assert [model.version for model in run("%models --tag stage=a").value] == [1]
    assert "--limit N shows more" in repr(run("%models --limit 1").value)
    assert repr(run("%models --tag stage=c").value) == "nothing matches"


def test_the_nouns_show_as_cards_in_both_forms(run, shell):
    shell.user_ns["model"] = {}
    model = run("%register_model model --name toy").value
    shown, _ = shell.display_formatter.format(model)
    assert shown["text/html"] == bundle_of(model)["text/html"]
    assert shown["text/plain"].startswith("model toy:1")
    shown, _ = shell.display_formatter.format(run("%workspace").value)
    assert "1 model, 0 images" in shown["text/plain"]


def test_a_result_is_shown_once(run, shell):
    shell.user_ns["model"] = {}
    cell = run("%register_model model --name toy")
    assert cell.displayed == []
    assert cell.text.count("toy:1") == 1


def test_a_semicolon_silences(run, shell):
    shell.user_ns["model"] = {}
    assert run("%register_model model --name toy;").value is None
    assert len(run("%models").value) == 1


@pytest.mark.parametrize("name", [*LINE_MAGICS, *CELL_MAGICS])
def test_help_prints_and_does_not_raise(run, name):
    cell = run(f"%{name} --help")
    assert cell.error is None
    assert "example:" in cell.text


@pytest.mark.parametrize(
    "name", ["register_model", "build_image", "deploy", "update_service", "test_service", "monitor", "delete_model"]
)
def test_a_bare_call_lists_what_exists_and_one_example(run, shell, name):
    shell.user_ns["model"] = {}
    run("%register_model model --name toy")
    cell = run(f"%{name}")
    assert cell.error is None
    assert "for example" in cell.text
    assert "yet" in cell.text or "toy" in cell.text


@pytest.mark.parametrize(
    ("line", "error", "what"),
    [
        ("%register_model modle --name toy", UsageError, "did you mean model?"),
        ("%register_model model --nmae toy", UsageError, "did you mean --name?"),
        ("%deploy svc", UsageError, "nothing to deploy"),
        ("%deploy svc --model nothing", NotFoundError, "nothing"),
        ("%update_service svc --model toy", NotFoundError, "svc"),
        ("%test_service svc", NotFoundError, "svc"),
        ("%delete_model toy", UsageError, "which version of 'toy'?"),
        ("%delete_model toy:9", NotFoundError, "toy"),
        ("%operations nope", NotFoundError, "nope"),
        ("%monitor svc --stop", UsageError, "is not being watched"),
        ("%score_script score", UsageError, "takes a cell"),
        ("%%score_script\ndef init(): ...", UsageError, "NAME is missing"),
        ("%workspace /nowhere/at/all", WorkspaceError, "/nowhere/at/all"),
    ],
)
def test_a_mistake_fails_the_cell_with_one_line(run, shell, line, error, what):
    shell.user_ns["model"] = {}
    run("%register_model model --name toy")
    cell = run(line)
    assert isinstance(cell.error, error)
    assert what in cell.error.message
    assert "Traceback" not in cell.text
    assert len(cell.text.strip().splitlines()) == 1


def test_a_model_is_deleted_and_its_number_not_used_again(run, shell):
    shell.user_ns["model"] = {}
    run("%register_model model --name toy")
    assert run("%delete_model toy:1").error is None
    assert run("%register_model model --name toy").value.id == "toy:2"


def test_what_is_gone_shows_its_text(run, shell):
    shell.user_ns["model"] = {}
    model = run("%register_model model --name toy").value
    run("%delete_model toy:1")
    shown, _ = shell.display_formatter.format(model)
    assert "toy" in shown["text/plain"]


def test_another_workspace(run, shell, tmp_path, monkeypatch):
    from jupyter_mlops.sdk.workspace import Workspace

    shell.user_ns["model"] = {}
    run("%register_model model --name toy")
    Workspace.create("other", tmp_path / "other", show_output=False).close()
    assert run(f"%workspace {tmp_path / 'other'}").value.name == "other"
    assert len(run("%models").value) == 0
