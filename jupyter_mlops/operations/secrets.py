"""Values of a service's environment variables: the machine keeps them, the database holds references only.

A reference is `secret:` and a random token; the value lies in a 0600 file of that name in the machine folder.
Logins to registries lie there too, one a registry, as `docker login` keeps them; the name of the registry refers to it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.services.process.machine import MachineFolder, disk_errors, write_private

__all__ = ["forget", "forget_login", "hide", "keep_login", "login", "reveal"]

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


def keep_login(workspace_id: str, registry: str, username: str, password: str) -> None:
    """Keep the user name and password for a registry on this machine. Raises `StorageError`."""
    content = json.dumps({"username": username, "password": password}).encode()
    write_private(_login(workspace_id, registry), content)


def login(workspace_id: str, registry: str) -> tuple[str, str] | None:
    """User name and password for a registry; None when this machine has none."""
    try:
        known = json.loads(_login(workspace_id, registry).read_text())
    except FileNotFoundError:
        return None
    return known["username"], known["password"]


def forget_login(workspace_id: str, registry: str) -> None:
    """Remove what is kept for a registry; nothing there is no error."""
    _login(workspace_id, registry).unlink(missing_ok=True)


def _login(workspace_id: str, registry: str) -> Path:
    return _folder(workspace_id) / f"login-{hashlib.sha256(registry.encode()).hexdigest()[:32]}.json"


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
