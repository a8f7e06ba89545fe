"""The workspaces that are open in this server: each once, for all requests that mean it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_mlops.sdk.workspace import Workspace
    from jupyter_mlops.serverextension.places import Places

__all__ = ["Workspaces"]


class Workspaces:
    """Opens on first use and keeps open. Safe across threads."""

    def __init__(self, places: Places):
        self._places = places
        self._lock = threading.Lock()
        self._open: dict[Workspace, tuple[Workspace, int | None]] = {}

    def open(self, location: str | None = None, notebook: str | None = None) -> Workspace:
        """The workspace at a folder (relative: to the server's root) or a database URL; without one, that of the
        notebook's folder; without either, that of the root. Raises `WorkspaceError`.
        """
        meant = self._meant(location, notebook)
        file = _file_of(meant)
        with self._lock:
            known = self._open.get(meant)
            if known is not None and known[1] == file:
                return known[0]
            self._open.pop(meant, None)
        if known is not None:  # its folder was removed and made anew
            known[0].close()
        meant.store  # noqa: B018 opens it, or says why not
        with self._lock:
            kept = self._open.setdefault(meant, (meant, _file_of(meant)))[0]
        if kept is not meant:  # another request was quicker
            meant.close()
        return kept

    def _meant(self, location: str | None, notebook: str | None) -> Workspace:
        from jupyter_mlops.sdk.workspace import Workspace

        if location is None:
            return Workspace.from_config(self._places.folder_of(notebook))
        if "://" in location:
            return Workspace(location)
        return Workspace(self._places.root / Path(location).expanduser())

    def close(self) -> None:
        """Let go of all of them."""
        with self._lock:
            opened, self._open = self._open, {}
        for workspace, _ in opened.values():
            workspace.close()


def _file_of(workspace: Workspace) -> int | None:
    """Which database file it is; None for a database server's, and for one that is not there yet."""
    try:
        return (Path(workspace.location) / "workspace.db").stat().st_ino
    except OSError:
        return None
