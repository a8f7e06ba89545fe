"""Values of a service's environment variables: the machine keeps them, the database holds references only.

A reference is `secret:` and a random token; the value lies in a 0600 file of that name in the machine folder.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.services.process.machine import MachineFolder, disk_errors, write_private

__all__ = ["forget", "hide", "reveal"]

_PREFIX = "secret:"


def hide(workspace_id: str, options: ServiceOptions) -> ServiceOptions:
    """The options with a reference in place of each value; what is a reference already stays one.

    Raises `StorageError` when the machine folder cannot be written.
    """
    folder = _folder(workspace_id)
    hidden = {}
    for name, value in options.environment_variables.items():
        if not value.startswith(_PREFIX):
            token = secrets.token_hex(16)
            write_private(folder / token, value.encode())
            value = f"{_PREFIX}{token}"
        hidden[name] = value
    return replace(options, environment_variables=hidden)


def reveal(workspace_id: str, options: ServiceOptions) -> ServiceOptions:
    """The options with the values. Raises `ServiceError` for a value that is not on this machine."""
    folder = _folder(workspace_id)
    values = {name: _value(folder, name, kept) for name, kept in options.environment_variables.items()}
    return replace(options, environment_variables=values)


def forget(workspace_id: str, many: Iterable[ServiceOptions]) -> None:
    """Remove the values that these options refer to; one that is gone is no error."""
    folder = _folder(workspace_id)
    for options in many:
        for kept in options.environment_variables.values():
            if kept.startswith(_PREFIX):
                (folder / kept.removeprefix(_PREFIX)).unlink(missing_ok=True)


def _folder(workspace_id: str) -> Path:
    folder = MachineFolder(workspace_id).root / "secrets"
    with disk_errors(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _value(folder: Path, name: str, kept: str) -> str:
    if not kept.startswith(_PREFIX):
        return kept
    try:
        return (folder / kept.removeprefix(_PREFIX)).read_text()
    except OSError as error:
        raise ServiceError(
            f"the value of the environment variable {name} is not on this machine",
            hint=f"give it again: --env {name}=…",
        ) from error
