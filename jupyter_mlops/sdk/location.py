"""Which workspace is meant: an argument, `JUPYTER_MLOPS_WORKSPACE`, `.mlops/config.yaml` upward, or the user's own."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from jupyter_mlops.errors import UsageError, WorkspaceError

__all__ = ["Choice", "choose", "config_above", "data_folder", "is_url", "masked", "read_config", "write_config"]

ENVIRONMENT_NAME = "JUPYTER_MLOPS_WORKSPACE"
CONFIG_PATH = Path(".mlops") / "config.yaml"
DEFAULT_NAME = "default"

_SECRET_OPTION = re.compile(r"([?&](?:password|passwd|sslpassword)=)[^&#]*", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """A workspace's folder or URL, and who chose it; `may_create` is True for a folder that first use makes."""

    location: str
    source: str
    may_create: bool


def choose(location: str | Path | None = None, *, start: Path | None = None) -> Choice:
    """The workspace that is meant.

    In this order: `location` (a folder or a database URL), the environment name `JUPYTER_MLOPS_WORKSPACE`,
    `.mlops/config.yaml` in `start` (default: the working folder) or a folder above it, the user's data folder.
    """
    if location is not None:
        return Choice(_absolute(str(location)), "the argument", may_create=False)
    named = os.environ.get(ENVIRONMENT_NAME)
    if named:
        return Choice(_absolute(named), ENVIRONMENT_NAME, may_create=not is_url(named))
    config = config_above(start or Path.cwd())
    if config is not None:
        found = read_config(config)
        return Choice(found, str(config), may_create=not is_url(found))
    return Choice(str(data_folder() / DEFAULT_NAME), "the default", may_create=True)


def data_folder() -> Path:
    """Where named workspaces live: `workspaces` in the user's data folder."""
    import platformdirs

    return platformdirs.user_data_path("jupyter-mlops") / "workspaces"


def is_url(location: str) -> bool:
    """Whether a location is a database URL and not a folder."""
    return "://" in location


def masked(location: str) -> str:
    """The location as it may be shown: a password in a URL becomes `***`."""
    if not is_url(location):
        return location
    shown = _SECRET_OPTION.sub(r"\1***", location)
    parts = urlsplit(shown)
    if parts.password is None:
        return shown
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{parts.netloc.rpartition('@')[2]}"))


def config_above(start: Path) -> Path | None:
    """`.mlops/config.yaml` in `start` or the nearest folder above it; None where there is none."""
    for folder in (start, *start.parents):
        candidate = folder / CONFIG_PATH
        if candidate.is_file():
            return candidate
    return None


def read_config(path: Path) -> str:
    """The location that a configuration file names; a relative folder counts from the project's folder.

    Raises `WorkspaceError` for a file that names none.
    """
    import yaml

    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"cannot be read: {' '.join(str(error).split())}", where=str(path)) from error
    location = document.get("workspace") if isinstance(document, dict) else None
    if not isinstance(location, str):
        raise WorkspaceError("names no workspace", where=str(path), hint="it needs a line `workspace: FOLDER_OR_URL`")
    base = path.parent.parent if path.parent.name == CONFIG_PATH.parent.name else path.parent
    return _absolute(location, base)


def write_config(folder: Path, location: str, name: str) -> Path:
    """Write `.mlops/config.yaml` under `folder` and return its path.

    Raises `UsageError` for a URL with a password: it would end in version control.
    """
    import yaml

    if masked(location) != location:
        raise UsageError(
            "the workspace's URL has a password, which does not belong in a file",
            hint=f"put the URL in {ENVIRONMENT_NAME}, or the password in ~/.pgpass",
        )
    path = folder / CONFIG_PATH
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"workspace": location, "name": name}, sort_keys=False), encoding="utf-8")
    return path


def _absolute(location: str, base: Path | None = None) -> str:
    if is_url(location):
        return location
    return str(((base or Path.cwd()) / Path(location).expanduser()).resolve())
