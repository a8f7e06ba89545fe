"""The commands of docs/ci/workflow.yml, run as they stand, twice in a row."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

DOCS = Path(__file__).resolve().parents[2] / "docs" / "ci"

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A copy of the files, in which the commands are those of this environment."""
    shutil.copytree(DOCS, tmp_path / "project")
    yield tmp_path / "project"
    typed(tmp_path / "project", "jupyter mlops service delete -n diabetes")


def commands() -> list[str]:
    steps = yaml.safe_load((DOCS / "workflow.yml").read_text())["jobs"]["service"]["steps"]
    return [step["run"] for step in steps if "run" in step and "pip install" not in step["run"]]


def typed(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_register_deploy_smoke_test_and_again(project: Path) -> None:
    for time in ("first", "second"):
        for command in commands():
            done = typed(project, command)
            assert done.returncode == 0, f"{time} time: {command}\n{done.stdout}{done.stderr}"
        (service,) = json.loads(done.stdout)
        assert service["state"] == "Healthy"
        assert service["models"] == ["diabetes:1" if time == "first" else "diabetes:2"]


def test_a_smoke_test_that_fails_stops_the_workflow(project: Path) -> None:
    for command in commands()[:-2]:
        typed(project, command)
    done = typed(project, "jupyter mlops service run -n diabetes --input-data '{\"data\": 1}'")
    assert done.returncode == 1
    assert done.stderr.strip()
