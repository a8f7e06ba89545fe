"""Where a thing came from."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Provenance"]


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a record came from: the notebook, the cell, the machine, the commit, the person."""

    user: str
    host: str
    python: str
    """`platform.python_version()` of the process that captured it."""
    kernel: str | None = None
    """The kernel's connection-file id; None outside a kernel."""
    notebook: str | None = None
    """The notebook's path, as its Jupyter server names it; None where nobody said."""
    cell: int | None = None
    """The cell's execution count."""
    git_commit: str | None = None
    git_dirty: bool = False
