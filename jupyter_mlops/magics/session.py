"""What a magic works with: the shell, the workspace that is meant, and the line that was read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.magics.namespace import evaluate
from jupyter_mlops.magics.parse import Given

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["Call", "current_workspace", "go_to"]

#: The workspace that was used last, and the place that it was chosen from; opened once, not for every magic.
_opened: dict[str, Workspace] = {}


def current_workspace() -> Workspace:
    """The workspace that `Workspace()` means now. Raises `WorkspaceError` when it cannot be opened."""
    from jupyter_mlops.sdk.location import choose
    from jupyter_mlops.sdk.workspace import Workspace

    location = choose().location
    if location not in _opened:
        _opened.clear()
        _opened[location] = Workspace()
    return _opened[location]


def go_to(location: str) -> Workspace:
    """Make a folder or database URL the workspace of this kernel: magics, `Workspace()` and what it starts follow.

    Raises `WorkspaceError` when there is no workspace, or one that cannot be opened.
    """
    from jupyter_mlops.sdk.location import ENVIRONMENT_NAME, choose
    from jupyter_mlops.sdk.workspace import Workspace

    chosen = Workspace(location)
    chosen.store.close()
    os.environ[ENVIRONMENT_NAME] = choose(location).location
    return current_workspace()


@dataclass(frozen=True)
class Call:
    """One magic that was typed."""

    shell: InteractiveShell
    given: Given
    cell: str | None = None

    @property
    def workspace(self) -> Workspace:
        return current_workspace()

    @property
    def number(self) -> int | None:
        """The cell's number, as in `In [7]`; None where no history is kept.

        Not `shell.execution_count`: newer IPythons count up before the cell runs, older ones after.
        """
        manager: Any = self.shell.history_manager
        return None if manager is None else len(manager.input_hist_raw) - 1

    def value(self, key: str) -> Any:
        """What an `expression` option means. Raises `UsageError`."""
        return evaluate(self.given.options[key], self.shell.user_ns, f"--{key}")

    def references(self, key: str) -> list[str]:
        """A repeatable option's values; empty when it was not given."""
        return list(self.given.get(key, ()))
