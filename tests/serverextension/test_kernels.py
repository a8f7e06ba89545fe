"""The kernel's Python is not the server's: which jupyter_mlops it has, what to type, and what is done in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlops.sdk.operation import Operation
from jupyter_mlops.sdk.workspace import Workspace
from jupyter_mlops.version import __version__
from tests.serverextension.conftest import Server

MakeKernel = Callable[[str | None], str]


@pytest.fixture
def make_kernel(tmp_path: Path) -> MakeKernel:
    """`make_kernel("1.2")`: a Python with nothing but that version of jupyter_mlops; None: without it."""

    def make(version: str | None) -> str:
        place = tmp_path / f"kernel-{version}"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
        if version is not None:
            package = next(place.glob("lib/python3*/site-packages")) / "jupyter_mlops"
            package.mkdir()
            (package / "__init__.py").touch()
            (package / "version.py").write_text(f"__version__ = {version!r}\n")
        return str(place / "bin/python")

    return make


def test_a_kernel_of_the_same_version(server: Server) -> None:
    found = server.post("/kernel", interpreter=sys.executable)
    assert (found["version"], found["server"], found["message"]) == (__version__, __version__, None)


def test_a_kernel_without_the_package_is_told_what_to_type(server: Server, make_kernel: MakeKernel) -> None:
    python = make_kernel(None)
    found = server.post("/kernel", interpreter=python)
    assert found["version"] is None
    assert "not installed" in found["message"]
    assert found["hint"] == f"{python} -m pip install jupyter-mlops=={__version__}"


@pytest.mark.parametrize(("version", "upgraded"), [("0.0.1", "kernel"), ("999.0", "server")])
def test_the_older_of_two_versions_is_the_one_to_upgrade(
    version: str, upgraded: str, server: Server, make_kernel: MakeKernel
) -> None:
    python = make_kernel(version)
    found = server.post("/kernel", interpreter=python)
    assert found["message"] == (
        f"jupyter_mlops is {version} in the kernel's Python ({python}) and {__version__} in the Jupyter server"
    )
    assert found["hint"].startswith(f"{python} " if upgraded == "kernel" else f"{sys.executable} ")
    assert f"then restart the {'kernel' if upgraded == 'kernel' else 'Jupyter server'}" in found["hint"]


def test_what_is_no_python(server: Server) -> None:
    for interpreter in ("/nowhere/python", "python", "/bin/true"):
        reply = server.post("/kernel", interpreter=interpreter)
        assert (reply.status, reply["where"]) == (400, interpreter)


@pytest.mark.parametrize("action", ["roll-back", "start", "reload"])
def test_what_is_done_to_a_service_may_be_done_in_the_kernels_python(
    action: str, server: Server, workspace: Workspace, make_kernel: MakeKernel
) -> None:
    reply = server.post(f"/services/web/{action}", interpreter=make_kernel(None))
    assert (reply.status, reply["type"]) == (422, "RequirementError")
    assert server.delete("/services/web", interpreter="/nowhere/python").status == 400


def test_a_script_is_read_again_into_a_service_that_runs(server: Server, workspace: Workspace) -> None:
    script = server.root / "score.py"
    source = "def init():\n    pass\n\ndef run(data):\n    return 'old'\n"
    script.write_text(source)
    begun = server.post("/services", name="hot", entry_script="score.py", options={"hot_reload": True})
    Operation(workspace, begun["operation"]["id"]).wait(timeout=120)
    assert server.post("/services/hot/test", body="{}")["answer"] == "old"
    script.write_text(source.replace("old", "new"))
    assert server.post("/services/hot/reload")["name"] == "hot"
    assert server.post("/services/hot/test", body="{}")["answer"] == "new"
    script.write_text(source.replace("pass", "raise ValueError('no weights')"))
    failed = server.post("/services/hot/reload")
    assert failed.status in (422, 502)
    assert "no weights" in str(failed.body)
    assert server.post("/services/hot/test", body="{}")["answer"] == "new", "the one before goes on"
