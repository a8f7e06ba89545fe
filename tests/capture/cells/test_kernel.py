"""The same through a real kernel, whose cells lie in files of its own naming."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jupyter_client.manager import start_new_kernel

from tests.capture.cells.conftest import RUNNER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_client.blocking.client import BlockingKernelClient


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BlockingKernelClient]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    manager, client = start_new_kernel(cwd=str(tmp_path))
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def execute(kernel: BlockingKernelClient, source: str) -> str:
    """Runs a cell; gives what it printed."""
    printed: list[str] = []

    def note(message: dict[str, dict[str, str]]) -> None:
        content = message["content"]
        if "traceback" in content:
            pytest.fail("\n".join(content["traceback"]))
        printed.append(content.get("text", ""))

    kernel.execute_interactive(source, timeout=60, output_hook=note, stop_on_error=False)
    return "".join(printed)


CAPTURE = """
from pathlib import Path as _Path
from jupyter_mlops.capture.cells import capture_cell as _capture
_cell = '''%%score_script it
def init():
    global ready
    ready = True

def run(x):
    return [helper(x), Tool().go(x), ready]
'''
_made = _capture(_cell, get_ipython().user_ns, folder=_Path("out"), name="it", cell_label="Cell [9]",
                 history={history}, working_folder=_Path.cwd())
print([(line.source, line.source_line) for line in _made.lines][:8])
"""


@pytest.mark.parametrize("history", ["get_ipython().user_ns['In']", "None"])
def test_cells_of_a_kernel(kernel: BlockingKernelClient, tmp_path: Path, history: str) -> None:
    execute(kernel, "import math\nLIMIT = 3")
    execute(kernel, "%%time\ndef helper(x):\n    return math.floor(x) + LIMIT")
    execute(kernel, "class Tool:\n    def go(self, x):\n        return helper(x) * 2")
    if history == "None":
        # What ran under %%time has no text of its own in the kernel.
        execute(kernel, "def helper(x):\n    return math.floor(x) + LIMIT")
    printed = execute(kernel, CAPTURE.format(history=history))
    if history != "None":
        assert "('Cell [2]', 2), ('Cell [2]', 3), ('Cell [3]', 1)" in printed
    script = (tmp_path / "out" / "score.py").read_text()
    assert "import math\n\nLIMIT = 3\n" in script
    runner = f"import sys\nsys.argv = ['', {str(tmp_path / 'out')!r}, 'score.py', '[[1.5]]']\n{RUNNER}"
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-I", "-c", runner], capture_output=True, text=True, check=True)
    assert done.stdout == "[[4, 8, true]]\n"
