"""`make demo`: execute the quickstart notebook, top to bottom, in a workspace of its own, and print what happened.

The notebook talks to a real service over HTTP. The workspace and all that ran are gone afterwards; a copy of the
executed notebook is not kept, the one in `notebooks/` is not touched.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import nbclient
import nbformat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "notebooks" / "01_quickstart.ipynb"


def text_of(output: nbformat.NotebookNode) -> str:
    """What a terminal shows of a cell's output."""
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return "\n".join(output.traceback)
    return str(output.data.get("text/plain", ""))


TOLD: dict[int, str] = {}
"""What was printed of each cell: a live picture goes on after its cell, and is printed again when it has ended."""


def tell(cell: nbformat.NotebookNode, cell_index: int, **_: object) -> None:
    """Print a cell and what came of it, as soon as it is done; again when that has changed since."""
    if cell.cell_type != "code":
        return
    text = "\n".join(text_of(output).rstrip() for output in cell.outputs)
    if TOLD.get(cell_index) == text:
        return
    TOLD[cell_index] = text
    print(f"\n\033[1mIn [{cell.execution_count}]\033[0m " + cell.source.splitlines()[0])
    for line in text.splitlines():
        print(f"    {line}")


def main() -> int:
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="jupyter-mlops-demo-"))
    os.environ |= {
        "JUPYTER_MLOPS_WORKSPACE": str(folder / "workspace"),
        "JUPYTER_MLOPS_STATE": str(folder / "state"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = nbclient.NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOK.parent)}},
        on_cell_executed=tell,
    )
    try:
        client.execute()
        for index, cell in enumerate(notebook.cells):
            tell(cell, index)
    except nbclient.exceptions.CellExecutionError as error:
        print(f"\nThe demo stopped: {error.ename}: {error.evalue}", file=sys.stderr)
        return 1
    finally:
        stop_all()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\nDone in {time.monotonic() - began:.0f} s; nothing is left running. Next: make lab")
    return 0


def stop_all() -> None:
    """Delete what a notebook that failed half-way left up."""
    from jupyter_mlops import Webservice, Workspace

    for service in Webservice.list(Workspace()):
        service.delete()


if __name__ == "__main__":
    sys.exit(main())
