"""Images: proven, frozen, compared, deployed, deleted."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from jupyter_mlops.errors import ImageError, InUseError, NotFoundError, ProofError, UnsupportedError, UsageError
from jupyter_mlops.sdk.container_image import ContainerImage
from jupyter_mlops.sdk.image import Image
from jupyter_mlops.sdk.model import Model
from jupyter_mlops.sdk.webservice import Webservice
from jupyter_mlops.sdk.workspace import Workspace
from tests.sdk.conftest import fitted

SCORE = """\
from pathlib import Path

import joblib
from azureml.core.model import Model
from lib.words import WORD


def init():
    global model
    model = joblib.load(Model.get_model_path("linear"))
    print("the script said", WORD, Path(__file__).with_name("notes.txt").read_text())


def run(data):
    return WORD
"""


@pytest.fixture
def configuration() -> dict[str, object]:
    Path("lib").mkdir()
    Path("lib/words.py").write_text("WORD = 'hello'")
    Path("notes.txt").write_text("noted")
    Path("score.py").write_text(SCORE)
    return {"execution_script": "score.py", "runtime": "python", "dependencies": ["lib", "notes.txt"]}


def test_made_of_a_script_and_what_goes_along(ws: Workspace, model: Model, configuration: dict[str, object]) -> None:
    config = ContainerImage.image_configuration(
        **configuration, tags={"area": "test"}, properties={"p": 1}, description="words"
    )
    image = ContainerImage.create(workspace=ws, name="words", models=[model], image_config=config)
    assert image.creation_state in ("Running", "Succeeded")
    image.wait_for_creation(show_output=True)
    assert (image.id, image.creation_state, image.creation_error) == ("words:1", "Succeeded", None)
    assert (image.tags, image.properties, image.description) == ({"area": "test"}, {"p": "1"}, "words")
    assert image.models == [model]
    assert image.script.files == ("lib/words.py", "notes.txt", "score.py")
    assert image.script.source == SCORE
    assert Path(image.script.path).read_text() == SCORE
    assert any(package.startswith("scikit-learn==") for package in image.environment)
    assert image.image_build_log_uri is not None
    assert "the script said hello noted" in Path(url2pathname(urlsplit(image.image_build_log_uri).path)).read_text()
    json.dumps(image.serialize())

    assert Image.list(ws, image_name="words") == Image.list(ws, model_id="linear:1", tags=["area"]) == [image]
    assert Image.list(ws, model_name="other") == []
    assert ws.images["words"] == ws.images["words:1"] == Image(ws, "words", version=1) == image
    image.update(tags={"area": "prod"})
    image.add_tags({"k": "v"})
    image.remove_tags("area")
    image.add_properties({"q": "2"})
    assert Image(ws, "words", tags=[["k", "v"]]).properties == {"p": "1", "q": "2"}
    with pytest.raises(NotFoundError):
        Image(ws, "words", tags=["area"])

    service = Webservice.deploy_from_image(ws, "words", image)
    service.wait_for_deployment()
    assert service.run("x") == "hello"
    assert service.image == image
    with pytest.raises(InUseError, match="words"):
        image.delete()

    Path("lib/words.py").write_text("WORD = 'bye'")
    other = Image.build(ws, "words", [model], None)
    other.wait_for_creation()
    assert image.diff(other)
    service.update(image=other, wait=True)
    assert service.image_id == "words:2"
    service.delete()
    image.delete()
    assert ws.images["words"] == other


def test_the_same_is_the_same_image(ws: Workspace, model: Model) -> None:
    first = Image.create(ws, "linear", [model])
    first.wait_for_creation()
    again = Image.create(ws, "linear", [model])
    again.wait_for_creation()
    assert again == first
    assert repr(again).startswith("Image(name='linear', version=1, models=['linear:1'], script='linear', digest=")


def test_one_that_fails_says_why_and_is_not_there(ws: Workspace, model: Model) -> None:
    Path("score.py").write_text("def init(): raise KeyError('weights')\ndef run(data): ...\n")
    image = Image.create(ws, "bad", [model], ContainerImage.image_configuration("score.py"))
    with pytest.raises(ProofError, match="weights"):
        image.wait_for_creation()
    assert image.creation_state == "Failed"
    assert "weights" in str(image.creation_error)
    with pytest.raises(ProofError):
        _ = image.version
    assert Image.list(ws) == []


def test_not_made_yet_is_said(ws: Workspace) -> None:
    with pytest.raises(ImageError, match="not made yet"):
        _ = Image._of(ws, "later", None).id
    with pytest.raises(UsageError):
        Image(ws)


def test_a_schema_file_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="schema_file"):
        ContainerImage.image_configuration("score.py", "python", schema_file="s.json")


def test_from_paths_in_one_call(ws: Workspace) -> None:
    import joblib

    joblib.dump(fitted(), "linear.pkl")
    Path("score.py").write_text("def init(): ...\ndef run(data): return 'ok'\n")
    service = Webservice.deploy(ws, "paths", ["linear.pkl"], ContainerImage.image_configuration("score.py", "python"))
    service.wait_for_deployment()
    assert service.run("x") == "ok"
    assert [model.id for model in service.models] == ["linear:1"]
