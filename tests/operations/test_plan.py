"""`--plan` of an image: its Dockerfile and its layers, without an engine; with one, what of them is there already."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops import Image, InferenceConfig, Model, Workspace
from jupyter_mlops.cli import main
from jupyter_mlops.views.plans import plan_card
from tests.services.docker.containers import engine_or_skip

SCRIPT = "import json, packaging\ndef init(): ...\ndef run(data): return json.loads(data)\n"


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    Path("score.py").write_text(SCRIPT)
    Path("factor.txt").write_text("22")
    ws = Workspace()
    Model.register(ws, "factor.txt", "factor")
    return ws


def layers(lines: tuple[str, ...]) -> dict[str, str]:
    """What is said of each layer, by its name."""
    return dict(line.split(None, 1)[1].split(", ", 1) for line in lines if line.startswith("layer"))


def test_without_an_engine_it_has_the_dockerfile_and_every_layers_size(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    plan = Image.plan(ws, "planned", ["factor"], InferenceConfig(entry_script="score.py"))
    assert layers(plan.lines).keys() == {"packages", "scoring server", "model factor:1", "script"}
    assert layers(plan.lines)["model factor:1"] == "2 B, to be made"
    assert layers(plan.lines)["packages"].startswith("about ")
    assert "no engine answers that could say whether it is there" in str(plan)
    assert plan.dockerfile is not None
    assert "COPY app/azureml-models/factor/1 /opt/mlops/image/app/azureml-models/factor/1" in plan.dockerfile
    assert ws.images == {}
    card = plan_card("planned", plan.lines, dockerfile=plan.dockerfile)
    assert plan.dockerfile.splitlines()[2] in card.text()
    assert "<summary>Dockerfile</summary>" in str(card.html())


@pytest.mark.docker
def test_what_the_engine_has_is_said(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    engine_or_skip()
    config = InferenceConfig(entry_script="score.py")
    image = Image.build(ws, "planned", ["factor"], config)
    image.wait_for_creation()
    assert image.location
    Path("factor.txt").write_text("333")
    Model.register(ws, "factor.txt", "factor")
    Path("ic.json").write_text('{"entryScript": "score.py"}')
    capsys.readouterr()
    assert main(["image", "build", "-n", "planned", "-m", "factor:2", "--ic", "ic.json", "--plan"]) == 0
    said = layers(tuple(capsys.readouterr().out.splitlines()))
    assert said["packages"].endswith(" MB, in the engine") or said["packages"].endswith(" kB, in the engine")
    assert said["scoring server"].endswith("in the engine")
    assert said["model factor:2"] == "3 B, to be made"
    assert [image.id for image in Image.list(ws)] == ["planned:1"]
    image.delete()
