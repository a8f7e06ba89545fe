"""Models: registered, found, labelled, fetched, deleted."""

from __future__ import annotations

import json
from pathlib import Path

import joblib
import pandas as pd
import pytest

from jupyter_mlops.errors import (
    ConflictError,
    InvalidNameError,
    MlopsError,
    NotFoundError,
    UnsupportedError,
    UsageError,
)
from jupyter_mlops.sdk.model import Model
from jupyter_mlops.sdk.workspace import Workspace
from tests.sdk.conftest import ROWS, fitted


def test_a_live_object_with_a_sample(ws: Workspace) -> None:
    frame = pd.DataFrame(ROWS, columns=["age", "bmi"])
    model = Model.register(ws, model=fitted(), model_name="linear", sample=frame, tags={"alpha": 0.1})
    assert (model.id, model.name, model.version) == ("linear:1", "linear", 1)
    assert model.framework == model.model_framework == Model.Framework.SCIKITLEARN
    assert model.signature is not None
    assert [column.name for column in model.signature.columns] == ["age", "bmi"]
    assert model.tags == {"alpha": "0.1"}
    assert "scikit-learn" in model.requirements
    assert model.provenance.python
    assert repr(model).startswith("Model(name='linear', version=1, framework='ScikitLearn', tags={'alpha': '0.1'}, ")
    json.dumps(model.serialize())


def test_a_file_is_named_by_itself_and_comes_back_the_same(ws: Workspace) -> None:
    joblib.dump(fitted(), "ridge.pkl")
    model = Model.register(workspace=ws, model_path="ridge.pkl")
    assert model.name == "ridge"
    path = model.download("out")
    assert Path(path).read_bytes() == Path("ridge.pkl").read_bytes()
    with pytest.raises(ConflictError, match="exist_ok"):
        model.download("out")
    assert model.download("out", exist_ok=True) == path
    assert Path(Model.get_model_path("ridge", _workspace=ws)).read_bytes() == Path("ridge.pkl").read_bytes()


def test_an_empty_name_is_no_name(ws: Workspace) -> None:
    joblib.dump(fitted(), "ridge.pkl")
    with pytest.raises(InvalidNameError):
        Model.register(ws, "ridge.pkl", "")


def test_of_a_folder_only_some_children(ws: Workspace) -> None:
    Path("net/weights").mkdir(parents=True)
    for name in ("net/config.json", "net/notes.txt", "net/weights/w.bin"):
        Path(name).write_text(name)
    model = Model.register(ws, "net", "net", child_paths=["config.json", "weights"])
    fetched = Path(model.download("out"))
    assert sorted(path.name for path in fetched.rglob("*") if path.is_file()) == ["config.json", "w.bin"]
    with pytest.raises(UsageError, match="no such file"):
        Model.register(ws, "net", "net", child_paths=["../notebook"])


def test_found_by_tags_properties_framework_and_version(ws: Workspace) -> None:
    first = Model.register(ws, model=fitted(), model_name="a", tags={"k": "v"}, properties={"p": "1"})
    second = Model.register(ws, model=fitted(2), model_name="a", tags={"k2": "x"})
    other = Model.register(ws, model=fitted(), model_name="b", tags={"k": "v", "k2": "y"})
    assert Model.list(ws) == [other, second, first]
    assert Model.list(ws, "a", latest=True) == [second]
    assert Model.list(ws, tags=["k2", ["k", "v"]]) == [other]
    assert Model.list(ws, properties=[["p", "1"]]) == [first]
    assert Model.list(ws, model_framework="ScikitLearn", limit=1) == [other]
    assert Model(ws, "a") == second
    assert Model(ws, "a", version=1) == Model(ws, id="a:1") == Model(ws, "a", tags=[["k", "v"]]) == first
    for wrong in ({"name": "a", "tags": ["nothing"]}, {"name": "c"}, {"id": "a:7"}):
        with pytest.raises(NotFoundError):
            Model(ws, **wrong)
    with pytest.raises(UsageError):
        Model(ws)


def test_tags_change_and_properties_only_grow(model: Model) -> None:
    model.add_tags({"stage": "test"})
    model.add_properties({"data": "2026"})
    model.update(description="better")
    model.remove_tags("stage")
    model.update_tags_properties(add_tags={"owner": "ada"})
    again = Model(model.workspace, "linear")
    assert (again.tags, again.properties["data"], again.description) == ({"owner": "ada"}, "2026", "better")
    with pytest.raises(ConflictError):
        model.add_properties({"data": "2027"})


def test_a_number_is_never_used_again(ws: Workspace, model: Model) -> None:
    model.delete()
    with pytest.raises(NotFoundError):
        Model(ws, "linear")
    assert Model.register(ws, model=fitted(), model_name="linear").version == 2


def test_inside_a_service_the_path_is_the_apps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("1", "10"):
        folder = tmp_path / "azureml-models" / "ridge" / version
        folder.mkdir(parents=True)
        (folder / "ridge.pkl").touch()
    monkeypatch.setenv("AML_APP_ROOT", str(tmp_path))
    assert Model.get_model_path("ridge") == str(tmp_path / "azureml-models/ridge/10/ridge.pkl")
    assert Model.get_model_path("ridge", version=1).endswith("ridge/1/ridge.pkl")


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"model_name": "x"}, UsageError, "a path or a live object"),
        ({"model_name": "-bad-", "model": 1}, InvalidNameError, "-bad-"),
        ({"model_path": "gone.pkl", "model_name": "x"}, MlopsError, "gone.pkl"),
        ({"model": 1}, UsageError, "a model needs a name"),
        ({"model": 1, "model_name": "x", "datasets": [1]}, UnsupportedError, "data sets"),
        ({"model": 1, "model_name": "x", "resource_configuration": 1}, UnsupportedError, "cpu_cores"),
        ({"model": 1, "model_name": "x", "sha256": "0"}, UsageError, "belong to model_path"),
    ],
)
def test_what_is_wrong_is_one_line(
    ws: Workspace, arguments: dict[str, object], error: type[MlopsError], told: str
) -> None:
    with pytest.raises(error, match=told):
        Model.register(ws, **arguments)  # type: ignore[arg-type]
    assert Model.list(ws) == []


def test_what_is_not_served_says_so(ws: Workspace, model: Model) -> None:
    with pytest.raises(UnsupportedError, match="%monitor"):
        Model.profile(ws, "p", [model])
