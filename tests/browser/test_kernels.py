"""Kernels of other environments than the server's: without jupyter_mlops, and with another version of it."""

from __future__ import annotations

import json
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

import jupyter_mlops
from jupyter_mlops.version import __version__
from tests.browser.lab import Lab
from tests.browser.window import Window


def test_a_kernel_without_the_package_is_told_what_to_install(
    lab: Lab, open_window: Callable[..., Window], tmp_path: Path
) -> None:
    kernel(lab, tmp_path / "bare")
    window = open_window(lab)
    front(window, "bare")
    window.command("jupyter-mlops:register-variable")
    told = window.page.locator(".Toastify__toast").filter(has_text="jupyter_mlops is not installed in the kernel")
    told.get_by_role("button", name="Details").click()
    expect(window.page.locator(".jp-mlops-full")).to_contain_text("%pip install jupyter-mlops")


def test_a_kernel_of_another_version_is_named(lab: Lab, open_window: Callable[..., Window], tmp_path: Path) -> None:
    python = kernel(lab, tmp_path / "older", version="0.0.1")
    window = open_window(lab)
    window.open_panel()
    front(window, "older")
    told = window.panel.get_by_role("status").filter(has_text="jupyter_mlops is 0.0.1 in the kernel's Python")
    expect(told).to_contain_text(f"and {__version__} in the Jupyter server")
    expect(told).to_contain_text(f"{python} -m pip install jupyter-mlops=={__version__}, then restart the kernel")
    assert window.violations(".jp-mlops-panel") == []

    # It is of the notebook in front: gone with another one, and there again.
    window.notebook()
    expect(told).to_be_hidden()
    window.command("application:activate-previous-tab")
    expect(told).to_be_visible()


def front(window: Window, name: str) -> None:
    """A new notebook with that kernel, idle."""
    window.command("notebook:create-new", kernelName=name)
    window.page.wait_for_function(
        "name => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.name === name", arg=name
    )
    window.idle()


def kernel(lab: Lab, folder: Path, version: str | None = None) -> Path:
    """A kernel in an environment of its own, which has ipykernel and all else, but not jupyter_mlops, or that version
    of it. Its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    packages = Path(sysconfig.get_path("purelib"))
    target = next(folder.glob("lib/python3*/site-packages"))
    for entry in packages.iterdir():
        ours = entry.name.startswith(("jupyter_mlops", "_jupyter_mlops", "__editable__")) or entry.suffix == ".pth"
        if not ours:
            (target / entry.name).symlink_to(entry)
    if version is not None:
        install(target, version)
    python = folder / "bin" / "python"
    spec = lab.folder / "data" / "kernels" / folder.name
    spec.mkdir(parents=True)
    arguments = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": arguments, "display_name": folder.name, "language": "python"})
    )
    return python


def install(target: Path, version: str) -> None:
    """This tree, as if it were that version."""
    package = target / "jupyter_mlops"
    package.mkdir()
    for entry in Path(jupyter_mlops.__path__[0]).iterdir():
        if entry.name not in ("version.py", "__pycache__"):
            (package / entry.name).symlink_to(entry)
    (package / "version.py").write_text(f"__version__ = {version!r}\n")
    told = target / f"jupyter_mlops-{version}.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: jupyter-mlops\nVersion: {version}\n")
