"""What was written for Azure runs with one cell (or one import) added and no line changed, against real services."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from jupyter_mlops.sdk.webservice import Webservice
from jupyter_mlops.sdk.workspace import Workspace
from tests.sdk.seed import run_seed_workflow

IMPORTS = """\
import jupyter_mlops.azureml

from azureml.core import Experiment, Image, Workspace
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import LocalWebservice, Webservice
"""

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    yield
    with Workspace() as workspace:
        for service in Webservice.list(workspace):
            service.delete()


def test_the_seed_workflow_with_the_old_import_names(tmp_path: Path) -> None:
    assert run_seed_workflow(tmp_path, IMPORTS).endswith("done\n")


def test_a_notebook_of_2018(tmp_path: Path) -> None:
    source = Path(__file__).with_name("retired.ipynb")
    target = tmp_path / "retired.ipynb"
    target.write_text(source.read_text())
    done = subprocess.run(
        [sys.executable, "-c", "from nbclient.cli import main; main()", "--inplace", str(target)],
        cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = "".join(
        output.get("text", "") for cell in nbformat.read(target, 4).cells for output in cell.get("outputs", ())
    )
    assert "SDK version: " in told
    assert "myimage1(v.1 [Succeeded]) stored at sha256:" in told
    assert "Healthy" in told
    assert "as it was: no service" in told
