"""Scripts: captured from a cell or a file, proven in a clean process, tried, deployed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from jupyter_mlops.errors import CaptureError, NotFoundError, ProofError, UsageError
from jupyter_mlops.sdk.inference import InferenceConfig
from jupyter_mlops.sdk.model import Model
from jupyter_mlops.sdk.script import Script
from jupyter_mlops.sdk.workspace import Workspace
from tests.sdk.conftest import ROWS, fitted

CELL = """\
import joblib
from azureml.core.model import Model


def init():
    global model
    model = joblib.load(Model.get_model_path("linear"))


def run(data):
    return np.clip(model.predict(data), 0, LIMIT)
"""
NAMESPACE = {"np": np, "LIMIT": 10.0}


def captured(ws: Workspace, **changes: object) -> Script:
    examples = {"input": ROWS, "output": np.clip(fitted().predict(ROWS), 0, 10), **changes}
    return Script.capture(ws, "score", CELL, NAMESPACE, models=["linear"], cell=7, **examples)


def test_a_cell_and_what_it_uses(ws: Workspace, model: Model) -> None:
    script = captured(ws)
    assert script.proof is not None
    assert script.proof.proven
    assert script.models == ("linear:1",)
    assert "LIMIT = 10.0" in script.source
    assert "import numpy as np" in script.source
    assert script.record.provenance.cell == 7
    assert script.run() == pytest.approx([3, 7, 10])
    assert script.run(np.array([[1, 1], [100, 1]])) == pytest.approx([2, 10])
    assert Script(ws, "score").digest == Script(ws, script.digest).digest == script.digest
    assert [each.name for each in Script.list(ws, "score")] == ["score"]
    assert repr(script).startswith("Script(name='score', models=('linear:1',), proven=True, digest=")
    json.dumps(script.serialize())

    service = Model.deploy(ws, "clipped", [], InferenceConfig(script=script))
    service.wait_for_deployment()
    assert [each.id for each in service.models] == ["linear:1"], "no models given: those of the script"
    assert service.run(ROWS) == pytest.approx([3, 7, 10])
    assert service.script is not None
    assert service.script.digest == script.digest
    second = Model.register(ws, model=fitted(2), model_name="linear")
    service.update(models=[second], wait=True)
    assert service.run(ROWS) == pytest.approx([4, 10, 10]), "the script stays, its model moves"


def test_an_answer_that_is_not_the_declared_one_is_no_proof(ws: Workspace, model: Model) -> None:
    with pytest.raises(ProofError):
        captured(ws, output="a string where numbers come")
    with pytest.raises(NotFoundError):
        Script(ws, "score")


def test_what_resolves_nowhere_is_an_error_at_the_cells_line(ws: Workspace, model: Model) -> None:
    with pytest.raises(CaptureError, match=r"Cell \[7\]"):
        Script.capture(ws, "score", CELL, {"np": np}, cell=7)


def test_a_file_and_its_folder(ws: Workspace) -> None:
    Path("src").mkdir()
    Path("src/words.py").write_text("WORD = 'hello'")
    Path("src/score.py").write_text(
        "from words import WORD\n"
        "def init(): ...\ndef run(data):\n    assert data != 'bad', 'no'\n    return WORD + data\n"
    )
    script = Script.from_file(ws, "hello", "score.py", "src")
    assert script.files == ("score.py", "words.py")
    assert script.proof is not None
    assert not script.proof.proven, "there is no sample"
    assert script.run(" you") == "hello you"
    with pytest.raises(ProofError):
        script.run("bad")
    with pytest.raises(UsageError, match="no sample"):
        script.run()
    service = Model.deploy(ws, "hello", [], InferenceConfig(script="hello"))
    service.wait_for_deployment()
    assert service.run("!") == "hello!"
