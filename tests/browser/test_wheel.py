"""The wheel of this tree, in an environment that has JupyterLab and no Node, shows the sidebar."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import ROOT, Lab
from tests.browser.window import Window


def build_wheel(folder: Path) -> Path:
    """The wheel, with the sidebar as it was built last."""
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    return next(folder.glob("*.whl"))


def run(*command: object) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Lab]:
    """JupyterLab of an environment into which the wheel was installed, with nothing of this tree on its path."""
    if os.environ.get("CI") != "true" and os.environ.get("JUPYTER_MLOPS_TEST_WHEEL") != "1":
        pytest.skip("installs JupyterLab anew, half a minute (JUPYTER_MLOPS_TEST_WHEEL=1, or CI=true)")
    venv.create(tmp_path / "env", with_pip=True, symlinks=True)
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", build_wheel(tmp_path / "wheel"), "jupyterlab")
    made = Lab(tmp_path / "fresh", base="/", installed=python)
    made.start()
    yield made
    made.stop()


def test_the_wheel_shows_the_sidebar_without_node(fresh: Lab, open_window: Callable[..., Window]) -> None:
    path = fresh.environment["PATH"]
    assert shutil.which("node", path=path) is None
    assert shutil.which("npm", path=path) is None
    window = open_window(fresh)
    window.open_panel()
    expect(window.panel.get_by_text("Start here: register a trained model.")).to_be_visible()
    # The server extension answers too, and the dialogs are in the wheel.
    window.panel.get_by_role("button", name="Register from a URL…").click()
    expect(window.dialog("Register a model").get_by_label("SHA-256")).to_be_visible()
