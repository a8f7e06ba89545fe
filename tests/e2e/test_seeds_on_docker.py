"""What people wrote for Azure ML v1 runs on a real Docker engine with the import line changed, or none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Webservice, Workspace
from tests.fixtures.ports import free_port
from tests.sdk.seed import run_seed_workflow
from tests.services.docker.containers import engine_or_skip

pytestmark = [pytest.mark.docker, pytest.mark.slow]

OURS = """\
from jupyter_mlops import (
    ContainerImage, Experiment, Image, InferenceConfig, LocalWebservice, Model, Webservice, Workspace,
)
"""
THE_OLD_NAMES = """\
import jupyter_mlops.azureml

from azureml.core import Image, Workspace
from azureml.core.image import ContainerImage
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import LocalWebservice, Webservice
"""
SCORE = """\
import json

from azureml.core.model import Model
from words import told


def init():
    global factor
    with open(Model.get_model_path("factor")) as file:
        factor = int(file.read())
    print(told(factor))


def run(raw_data):
    return [factor * value for value in json.loads(raw_data)["data"]]
"""
WORDS = "def told(factor):\n    return f'times {factor}'\n"
CONDA = f"""\
name: project_environment
dependencies:
  - python={sys.version_info.major}.{sys.version_info.minor}
  - pip:
    - azureml-defaults
"""


@pytest.mark.parametrize("imports", [OURS, THE_OLD_NAMES], ids=["imports changed", "old names"])
def test_images_packages_and_a_local_service(imports: str, tmp_path: Path) -> None:
    client = engine_or_skip().raw()
    for folder in (tmp_path, tmp_path / "source"):
        folder.mkdir(exist_ok=True)
        for name, text in (("score.py", SCORE), ("words.py", WORDS), ("myenv.yml", CONDA)):
            (folder / name).write_text(text)
    script = tmp_path / "workflow.py"
    script.write_text(imports + Path(__file__).with_name("seed_docker.txt").read_text())
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), str(free_port())],
        cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    _nothing_is_left(client)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "runs in Docker, whose engine answers" in done.stdout + done.stderr
    assert done.stdout.endswith("done\n")


def test_the_whole_workflow_from_training_to_deletion(tmp_path: Path) -> None:
    client = engine_or_skip().raw()
    try:
        output = run_seed_workflow(tmp_path, OURS)
    finally:
        _nothing_is_left(client)
    assert "runs in Docker, whose engine answers" in output
    assert output.endswith("done\n")


def _nothing_is_left(client: Any) -> None:
    """Whatever happened: no service, no container, no volume of this workspace."""
    with Workspace() as workspace:
        for service in Webservice.list(workspace):
            service.delete()
        left = {"label": f"org.jupyter-mlops.workspace={workspace.store.id}"}
    containers, volumes = client.containers, client.volumes
    assert containers.list(all=True, filters=left) == volumes.list(filters=left) == []
