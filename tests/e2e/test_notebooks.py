"""The tutorials, executed from top to bottom by a real kernel: twice in a row, in one workspace."""

from __future__ import annotations

import os
from pathlib import Path

import nbclient
import nbformat
import psutil
import pytest

from jupyter_mlops import Webservice, Workspace
from tests.services.docker.containers import engine_or_skip

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.ipynb"))

pytestmark = pytest.mark.slow


def executed(path: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    client.execute()
    return notebook


def text(notebook: nbformat.NotebookNode) -> str:
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return "\n".join(str(output.get("text") or output.get("data", {}).get("text/plain", "")) for output in outputs)


TOLD = {
    "01_quickstart": (
        "over the wire: [109.05",
        "in the kernel: [109.05",
        ", 0 failed",
        "revision 1 again: [109.05",
        "no services yet",
    ),
    "02_scoring_scripts": (
        "text: [206.37",
        "table: [206.37",
        "column 'bmi' must be float64; a string 'heavy' came in row 0",
        "report: ['north', 'south']",
        "picture: image/png (8, 8)",
        "stream: application/x-ndjson",
        "events: text/event-stream",
        "batched answers are the same",
        "no services yet",
    ),
    "03_docker": (
        "docker on ",
        " points']",
        "made anew, the same to the bit",
        "FROM jupyter-mlops/base:",
        ", 0 failed",
        "no services yet",
    ),
}
"""What a reader must find in the outputs."""


def test_without_an_engine_the_docker_tutorial_stops_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    with pytest.raises(nbclient.exceptions.CellExecutionError) as caught:
        executed(next(path for path in NOTEBOOKS if path.stem == "03_docker"))
    assert caught.value.evalue == (
        f"no Docker engine answers at unix://{tmp_path}/no-engine.sock;"
        " start it, or set DOCKER_HOST; --target process needs none"
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_tutorial_runs_twice_in_a_row_and_leaves_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if path.stem == "03_docker":
        engine_or_skip()
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    for _ in range(2):
        told = text(executed(path))
        assert [words for words in TOLD.get(path.stem, ()) if words not in told] == []
    assert Webservice.list(Workspace()) == []
    state = os.environ["JUPYTER_MLOPS_STATE"]
    left = [process for process in psutil.process_iter(["cmdline"]) if state in " ".join(process.info["cmdline"] or [])]
    assert left == []
