"""The arrows of the design hold, and the tool that holds them notices an import that breaks them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "jupyter_mlops", tmp_path / "jupyter_mlops", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_arrows_hold(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("capture/objects.py", "import jupyter_mlops.services"),
        ("registry/models.py", "import jupyter_mlops.sdk"),
        ("scoring/wire.py", "import jupyter_mlops.records"),
        ("sdk/model.py", "import jupyter_mlops.scoring.wire"),
        ("operations/plan.py", "import sqlalchemy"),
        ("cli/parser.py", "import jupyter_mlops.magics"),
    ],
)
def test_an_import_against_an_arrow_is_noticed(copy: Path, module: str, line: str) -> None:
    path = copy / "jupyter_mlops" / module
    path.write_text(f"{path.read_text()}\n{line}\n")
    done = lint(copy)
    assert done.returncode != 0
    assert "Broken contracts" in done.stdout
