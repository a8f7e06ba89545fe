"""Who may ask: keys from files, compared in constant time, read again when the files change."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from enum import Enum
from pathlib import Path

__all__ = ["Access", "KeyRing", "KeyRingError"]

_NAMES = ("primary", "secondary", "scrape")


class KeyRingError(Exception):
    """The folder of keys cannot be used; says what to do."""


class Access(Enum):
    """What a credential opens."""

    ALL = "all"
    SCRAPE = "scrape"
    """`/metrics`, `/docs` and the schema, nothing that runs the model."""
    MISSING = "missing"
    WRONG = "wrong"


class KeyRing:
    """The keys of a service. `folder` holds `primary`, `secondary` and perhaps `scrape`; None: everybody may ask.

    `changed` is called after `look` found other keys.
    """

    def __init__(self, folder: Path | None, *, changed: Callable[[], None] = lambda: None):
        self.folder = folder
        self._changed = changed
        self._keys: dict[str, bytes] = {}
        if folder is not None:
            self._read()
            if not any(name in self._keys for name in _NAMES[:2]):
                raise KeyRingError(
                    f"{folder} holds no key: put one into the file primary,"
                    " or set JUPYTER_MLOPS_AUTH=off to let everybody in"
                )

    @property
    def is_open(self) -> bool:
        """No key is asked for."""
        return self.folder is None

    def look(self) -> bool:
        """Reads the files again; True when a key has changed. An empty file is being written: its key stays."""
        if not self._read():
            return False
        self._changed()
        return True

    def _read(self) -> bool:
        if self.folder is None:
            return False
        found: dict[str, bytes] = {}
        for name in _NAMES:
            try:
                key = (self.folder / name).read_bytes().strip()
            except FileNotFoundError:
                continue
            except OSError:
                key = b""
            key = key or self._keys.get(name, b"")
            if key:
                found[name] = key
        changed = found != self._keys
        self._keys = found
        return changed

    def check(self, authorization: bytes | None) -> Access:
        """What the value of an Authorization header opens: `Bearer KEY`, or `Basic` with the key as password."""
        if self.folder is None:
            return Access.ALL
        if not authorization:
            return Access.MISSING
        given = _credential(authorization)
        if given is None:
            return Access.WRONG
        # every key is compared, whichever fits: the time says nothing
        fits = {name: hmac.compare_digest(given, key) for name, key in self._keys.items()}
        if fits.get("primary") or fits.get("secondary"):
            return Access.ALL
        return Access.SCRAPE if fits.get("scrape") else Access.WRONG


def _credential(authorization: bytes) -> bytes | None:
    scheme, _, value = authorization.strip().partition(b" ")
    value = value.strip()
    if scheme.lower() == b"bearer":
        return value
    if scheme.lower() == b"basic":
        try:
            return base64.b64decode(value, validate=True).partition(b":")[2]
        except binascii.Error:
            return None
    return None
