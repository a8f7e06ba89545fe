"""Paths as the file browser has them, and the folders that they mean on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.errors import NotFoundError, UsageError

__all__ = ["FILES", "Places"]

FILES = ("entry_script", "source_directory", "conda_file", "extra_docker_file_steps")
"""What of an image's content is a path of the file browser."""


class Places:
    """The server's root folder. What the file browser can show can be named, and nothing outside of it."""

    def __init__(self, root: str | Path):
        self.root = Path(os.path.normpath(Path.cwd() / Path(root).expanduser()))

    def path(self, given: str) -> Path:
        """The file or folder. Raises `UsageError` for a path that leads out of the root.

        By the path's words alone: a link that the user put into the root is followed, as the file browser does.
        """
        found = Path(os.path.normpath(self.root / given.lstrip("/")))
        if "\0" in given or not found.is_relative_to(self.root):
            raise UsageError("is outside of the folder that this Jupyter server serves", where=given)
        return found

    def there(self, given: str) -> Path:
        """As `path`. Raises `NotFoundError` for what does not exist."""
        found = self.path(given)
        if not found.exists():
            raise NotFoundError("no such file or folder", where=given)
        return found

    def folder_of(self, notebook: str | None) -> Path:
        """The folder that a kernel of the notebook works in (where that is gone, the nearest above it); the root for
        none."""
        if notebook is None:
            return self.root
        above = self.path(notebook).parents
        return next((folder for folder in above if folder.is_dir() and folder.is_relative_to(self.root)), self.root)

    def content(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What an image is made of, with the files that it names as paths of this machine.

        An entry script becomes relative to its source directory. Raises `UsageError`, `NotFoundError`.
        """
        made = dict(given)
        for key in FILES:
            if given.get(key):
                made[key] = str(self.there(given[key]))
        if made.get("entry_script") and made.get("source_directory"):
            script, folder = Path(made["entry_script"]), Path(made["source_directory"])
            if not script.is_relative_to(folder):
                raise UsageError("is not in the source directory", where=given["entry_script"])
            made["entry_script"] = script.relative_to(folder).as_posix()
        return made
