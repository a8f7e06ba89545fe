"""Modules of the working folder travel with the script; what is installed does not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.capture.cells.conftest import answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.capture.cells.conftest import Notebook


@pytest.fixture
def working(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The notebook's folder, on the path as Jupyter has it; what was imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(str(notebook.working))
    before = set(sys.modules)
    yield notebook.working
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / (name.replace("__in__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(folder: str) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*.py")}


def test_modules_and_packages_with_what_they_import(notebook: Notebook, working: Path) -> None:
    write(working, cleaning_of_ours="import shared_of_ours\nfrom numpy import abs\ndef clean(x):\n    return shared_of_ours.K * x",  # noqa: E501
          shared_of_ours="K = 3", unused_of_ours="1 / 0")  # fmt: skip
    package = working / "tools_of_ours"
    write(package, __init__="", inner="from .deeper import go", deeper="def go(x):\n    return x + 1")
    (package / "words.txt").write_text("hello")
    (package / "__pycache__").mkdir(exist_ok=True)
    notebook.cells("from cleaning_of_ours import clean", "import tools_of_ours.inner")
    captured = notebook.capture("def run(x):\n    return tools_of_ours.inner.go(clean(x))\n")
    assert answers(captured, [2]) == [7]
    assert names(captured.folder) == {
        "score.py", "cleaning_of_ours.py", "shared_of_ours.py",
        "tools_of_ours/__init__.py", "tools_of_ours/inner.py", "tools_of_ours/deeper.py",
    }  # fmt: skip
    assert (Path(captured.folder) / "tools_of_ours" / "words.txt").exists()
    assert not (Path(captured.folder) / "tools_of_ours" / "__pycache__").exists()
    assert captured.imports == ("numpy",)


def test_one_imported_only_inside_a_function(notebook: Notebook, working: Path) -> None:
    write(working, lazy_of_ours="def go(x):\n    return x * 2")
    captured = notebook.capture("def run(x):\n    from lazy_of_ours import go\n    return go(x)\n")
    assert answers(captured, [4]) == [8]


def test_a_module_called_score_keeps_its_name(notebook: Notebook, working: Path) -> None:
    write(working, score="def go(x):\n    return x - 1")
    captured = notebook.capture("import score\n\ndef run(x):\n    return score.go(x)\n", name="my-script")
    assert captured.entry_script == "score_my_script.py"
    assert answers(captured, [4]) == [3]


def test_a_virtual_environment_in_the_folder_is_not_the_folders_own(notebook: Notebook, working: Path) -> None:
    site = working / ".venv" / "lib" / "site-packages"
    site.mkdir(parents=True)
    (site / "installed_there.py").write_text("X = 1")
    sys.path.insert(0, str(site))
    try:
        captured = notebook.capture("import installed_there\n\ndef run(x):\n    return installed_there.X\n")
    finally:
        sys.path.remove(str(site))
    assert names(captured.folder) == {"score.py"}
    assert captured.imports == ("installed_there",)


def test_our_own_imports_come_last(notebook: Notebook, working: Path) -> None:
    write(working, zeta_of_ours="Z = 1")
    script = notebook.script(
        "import zeta_of_ours\nimport numpy as np\nimport os\n\ndef run(x):\n    return zeta_of_ours.Z\n"
    )
    assert "import os\n\nimport numpy as np\n\nimport zeta_of_ours\n" in script
