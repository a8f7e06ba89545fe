"""`ContainerRegistry`: where a base image lies, and who may fetch it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.sdk.listing import line

__all__ = ["ContainerRegistry"]


class ContainerRegistry:
    """`address` (`registry.example.org`, `127.0.0.1:5000`), `username` and `password`.

    Without a user name, what `docker login` knows of the address is used. The user name and the password lie in a
    0600 file of this machine's folder and go to the engine alone: no image, log, repr or database has them.
    """

    def __init__(self, address: str | None = None, username: str | None = None, password: str | None = None):
        self.address = address
        self.username = username
        self.password = password

    @classmethod
    def of(cls, given: object) -> ContainerRegistry:
        """From one, an address, another object with these attributes, a mapping (`inferenceconfig.json`), or None.

        Raises `UsageError` for anything else.
        """
        if isinstance(given, ContainerRegistry) or given is None:
            made = given or cls()
        elif isinstance(given, str):
            made = cls(given)
        elif isinstance(given, Mapping):
            made = cls(**_known(given))
        elif hasattr(given, "address"):
            made = cls(*(getattr(given, name, None) for name in ("address", "username", "password")))
        else:
            raise UsageError(
                "base_image_registry is a ContainerRegistry", hint="ContainerRegistry(address, username, password)"
            )
        return made

    def checked(self) -> ContainerRegistry | None:
        """Itself; None when nothing is said. Raises `UsageError` for a password without a user name."""
        if bool(self.username) != bool(self.password):
            raise UsageError("a registry's username and password are given together", hint="or neither: docker login")
        return self if self.address or self.username else None

    def reference(self, image: str) -> str:
        """The image as an engine takes it: with the address, unless it begins with it already."""
        address = (self.address or "").removeprefix("https://").removeprefix("http://").strip("/")
        return image if not address or image.startswith(f"{address}/") else f"{address}/{image}"

    def __repr__(self) -> str:
        return line("ContainerRegistry", address=self.address, username="…" if self.username else None)


def _known(given: Mapping[str, Any]) -> dict[str, Any]:
    strangers = sorted(set(given) - {"address", "username", "password"})
    if strangers:
        raise UsageError(
            f"a registry has no {strangers[0]!r}", where="base_image_registry", hint="address, username and password"
        )
    return dict(given)
