"""Where a record comes from."""

from __future__ import annotations

import json
import platform
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.capture.provenance import git_state, notebook_path, provenance


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_what_is_known_outside_of_a_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGNAME", "ada")
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    found = provenance()
    assert (found.user, found.host, found.python) == ("ada", platform.node(), platform.python_version())
    assert (found.kernel, found.notebook, found.cell, found.git_commit) == (None, None, None, None)
    assert provenance(cell=7).cell == 7


def test_the_commit_and_whether_files_differ_from_it(tmp_path: Path) -> None:
    assert git_state(tmp_path) == (None, False)
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a.txt").write_text("1")
    git(tmp_path, "add", "a.txt")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    commit = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "untracked.txt").write_text("1")
    assert git_state(tmp_path) == (commit, False)
    (tmp_path / "a.txt").write_text("2")
    assert git_state(tmp_path) == (commit, True)


class Shell:
    user_ns: dict[str, Any] = {"__vsc_ipynb_file__": "/home/ada/analysis.ipynb"}  # noqa: RUF012


def test_the_notebook_by_who_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert notebook_path() is None
    assert notebook_path(Shell()) == "/home/ada/analysis.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", "work/churn.ipynb")
    assert notebook_path(Shell()) == "work/churn.ipynb"


def test_a_real_kernel_says_its_id_and_its_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_client.manager import KernelManager

    monkeypatch.setenv("JPY_SESSION_NAME", "work/churn.ipynb")
    manager = KernelManager(connection_file=str(tmp_path / "kernel-0f4a1b.json"))
    manager.start_kernel()
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        told: list[str] = []
        code = "import json, dataclasses\nfrom jupyter_mlops.capture.provenance import provenance\n"
        code += "print(json.dumps(dataclasses.asdict(provenance())))"
        client.execute_interactive(
            code, timeout=60, output_hook=lambda message: told.append(message["content"].get("text", ""))
        )
        found = json.loads("".join(told))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
    assert (found["kernel"], found["notebook"], found["cell"]) == ("0f4a1b", "work/churn.ipynb", 1)
