"""Where a record comes from: the person, the machine, the kernel, the notebook, the cell, the commit."""

from __future__ import annotations

import getpass
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from jupyter_mlops.records import Provenance

__all__ = ["git_state", "notebook_path", "provenance"]

_GIT_TIMEOUT_S = 2


def provenance(*, cell: int | None = None) -> Provenance:
    """The provenance of what is captured now, in this process.

    `cell`: the execution count, when the caller knows it (default: the kernel's own). What cannot be known
    (no kernel, no notebook, no git) is None; nothing is raised.
    """
    shell = _shell()
    notebook = notebook_path(shell)
    commit, dirty = git_state(_folder_of(notebook))
    return Provenance(
        user=_user(),
        host=platform.node(),
        python=platform.python_version(),
        kernel=_kernel_id(),
        notebook=notebook,
        cell=cell if cell is not None else _execution_count(shell),
        git_commit=commit,
        git_dirty=dirty,
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user id has no name
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def _shell() -> Any:
    """IPython's running shell; None outside of IPython, which is then not imported either."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None and hasattr(module, "get_ipython") else None


def _execution_count(shell: Any) -> int | None:
    """By the list of inputs: the shell's own counter is one further, or not, by the version of IPython."""
    history = getattr(shell, "history_manager", None)
    inputs = getattr(history, "input_hist_parsed", None)
    return len(inputs) - 1 if inputs and len(inputs) > 1 else None


def _kernel_id() -> str | None:
    """The id in the name of the kernel's connection file, as Jupyter's sessions list it."""
    module = sys.modules.get("ipykernel.kernelapp")
    application = getattr(module, "IPKernelApp", None)
    if application is None or not application.initialized():
        return None
    file = Path(application.instance().connection_file).stem
    return re.sub(r"^kernel-(v3)?", "", file) or None


def notebook_path(shell: Any = None) -> str | None:
    """The notebook's path, by whoever runs it: Jupyter's server (`JPY_SESSION_NAME`), VS Code, papermill's name."""
    namespace = getattr(shell, "user_ns", None) or {}
    named = os.environ.get("JPY_SESSION_NAME") or namespace.get("__vsc_ipynb_file__")
    return str(named) if named else None


def _folder_of(notebook: str | None) -> Path:
    folder = Path(notebook).parent if notebook else Path()
    return folder if folder.is_dir() else Path.cwd()


def git_state(folder: Path) -> tuple[str | None, bool]:
    """The commit that the folder is at, and whether tracked files differ from it; (None, False) outside of git."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return None, False
    return commit, bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))


def _git(folder: Path, *arguments: str) -> str | None:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=environment, capture_output=True, text=True, timeout=_GIT_TIMEOUT_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None  # no git here, or one that hangs on a network share
    return done.stdout.strip() if done.returncode == 0 else None
