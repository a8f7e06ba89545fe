"""A notebook in this process (IPython's own shell), and a clean Python that runs what was captured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from jupyter_mlops.capture.cells import capture_cell
from jupyter_mlops.records import CapturedScript

RUNNER = """\
import importlib.util, json, sys
folder, script, arguments = sys.argv[1:]
sys.path.append(folder)
spec = importlib.util.spec_from_file_location("entry_module", f"{folder}/{script}")
module = importlib.util.module_from_spec(spec)
sys.modules["entry_module"] = module
spec.loader.exec_module(module)
module.init()
print(json.dumps([module.run(*given) for given in json.loads(arguments)], default=repr))
"""


class Notebook:
    """Cells typed one after the other, a captured script, and its answers in a clean process."""

    def __init__(self, folder: Path):
        config = Config()
        config.HistoryManager.hist_file = ":memory:"
        config.HistoryManager.enabled = False
        self.shell = InteractiveShell(config=config)
        self.folder = folder
        self.working = folder / "work"
        self.working.mkdir()
        self.captures = 0

    @property
    def namespace(self) -> dict[str, Any]:
        found: dict[str, Any] = self.shell.user_ns
        return found

    def cells(self, *sources: str) -> None:
        for source in sources:
            self.shell.run_cell(source, store_history=True).raise_error()

    def failing_cell(self, source: str) -> None:
        assert not self.shell.run_cell(source, store_history=True, silent=False).success

    def capture(self, cell: str, *, history: bool = True, name: str = "script", **options: Any) -> CapturedScript:
        self.captures += 1
        return capture_cell(
            cell,
            self.namespace,
            folder=self.folder / f"captured{self.captures}",
            name=name,
            cell_label="Cell [99]",
            history=self.namespace["In"] if history else None,
            working_folder=self.working,
            **options,
        )

    def script(self, cell: str, **options: Any) -> str:
        """The text of the captured script."""
        return text_of(self.capture(cell, **options))

    def answers(self, cell: str, *arguments: Sequence[Any], **options: Any) -> list[Any]:
        """What the captured script's `run` answers in a clean process."""
        return answers(self.capture(cell, **options), *arguments)

    def agrees(self, cell: str, *arguments: Sequence[Any], **options: Any) -> CapturedScript:
        """The clean process answers as the notebook does."""
        captured = self.capture(cell, **options)
        found = answers(captured, *arguments)
        self.cells(cell)
        if "init" in self.namespace:
            self.namespace["init"]()
        expected = [self.namespace["run"](*given) for given in arguments]
        assert found == json.loads(json.dumps(expected, default=repr)), text_of(captured)
        return captured


def text_of(captured: CapturedScript) -> str:
    return (Path(captured.folder) / captured.entry_script).read_text("utf-8")


def answers(captured: CapturedScript, *arguments: Sequence[Any]) -> list[Any]:
    command = [sys.executable, "-I", "-B", "-c", RUNNER, captured.folder, captured.entry_script, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, f"{done.stderr}\n{text_of(captured)}"
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    yield from make_notebook(tmp_path, monkeypatch)


def make_notebook(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    main, hook, excepthook = sys.modules["__main__"], sys.displayhook, sys.excepthook
    try:
        yield Notebook(folder)
    finally:
        sys.modules["__main__"], sys.displayhook, sys.excepthook = main, hook, excepthook
