"""The keys of a service: two files that their owner alone may read; the front reads them again when they change."""

from __future__ import annotations

import secrets
from pathlib import Path

from jupyter_mlops.errors import ServiceError, UsageError
from jupyter_mlops.services.process.machine import disk_errors, write_private

__all__ = ["NAMES", "check", "make", "read", "write"]

NAMES = ("primary", "secondary")
_MINIMUM = 16


def make(folder: Path) -> None:
    """Two random keys (256 bits each) where there are none yet; keys that are there stay."""
    with disk_errors(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    for name in NAMES:
        if not (folder / name).exists():
            write_private(folder / name, secrets.token_urlsafe(32).encode())


def read(folder: Path) -> tuple[str, str]:
    """Primary and secondary. Raises `ServiceError` when they are gone."""
    try:
        primary, secondary = ((folder / name).read_text().strip() for name in NAMES)
    except OSError as error:
        raise ServiceError(f"the keys cannot be read: {error.strerror}", where=str(folder)) from error
    return primary, secondary


def check(name: str, value: str) -> None:
    """Raise `UsageError` for a name that is no key's, and for a value that a header cannot carry or is too short."""
    if name.lower() not in NAMES:
        raise UsageError(f"no key is called {name.lower()!r}", hint="primary or secondary")
    if len(value) < _MINIMUM or not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError(f"a key has at least {_MINIMUM} printable ASCII characters and no blank")


def write(folder: Path, name: str, value: str | None = None) -> str:
    """Replace one key, by a random one when no value is given; the new key.

    Raises `UsageError` as `check` does.
    """
    value = secrets.token_urlsafe(32) if value is None else value
    check(name, value)
    write_private(folder / name.lower(), value.encode())
    return value
