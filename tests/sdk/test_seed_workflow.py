"""What people wrote for Azure ML v1 runs with the import line changed, against a real service."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.sdk.workspace import Workspace
from tests.sdk.seed import run_seed_workflow

IMPORTS = """\
from jupyter_mlops import (
    Experiment, Image, InferenceConfig, LocalWebservice, Model, Webservice, Workspace,
)
"""


@pytest.mark.slow
def test_with_the_import_line_changed(ws: Workspace) -> None:
    output = run_seed_workflow(Path.cwd(), IMPORTS)
    assert "── start" in output, "stages are shown as they happen"
    assert "run as processes, without a container" in output, "LocalWebservice says what it chose"
    assert output.endswith("done\n")
