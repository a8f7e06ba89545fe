"""The seam between frameworks and files: what every flavor does, and how the flavor of an object is found.

A new framework is one module with one class, and a line in `plugins.py` (or an entry point of the group
`jupyter_mlops.flavors`). A flavor's module imports its framework only inside its methods: asking all flavors
whether an object is theirs must cost nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Protocol

from jupyter_mlops import plugins
from jupyter_mlops.errors import UsageError
from jupyter_mlops.records import Signature

__all__ = ["Flavor", "flavor_named", "flavor_of", "inherits"]


class Flavor(Protocol):
    """How the objects of one framework become files, and what loads them."""

    name: ClassVar[str]
    framework: ClassVar[str | None]
    """What Azure ML v1 called it (`ScikitLearn`, `Onnx`, `Custom`), where it had a name."""

    def matches(self, obj: Any) -> bool:
        """Whether the object is this framework's, judged by the modules of its classes; imports nothing."""

    def save(self, obj: Any, folder: Path) -> None:
        """Writes the object into the folder, which exists and is empty.

        Raises `CaptureError` for what cannot be written, with the path to it inside the object.
        """

    def requirements(self, obj: Any) -> tuple[str, ...]:
        """The distributions that loading the object needs. Asked after `save`."""

    def version(self) -> str | None:
        """The installed version of the framework."""

    def script(self, model_name: str, signature: Signature | None) -> str:
        """The text of an entry script for a saved object; plain Python that imports nothing of this package."""


def flavor_of(obj: Any) -> Flavor:
    """The first flavor that says the object is its own; `pickle` takes what nobody else does."""
    for name in plugins.names("flavors"):
        flavor: Flavor = plugins.load("flavors", name)()
        if flavor.matches(obj):
            return flavor
    raise UsageError(f"no flavor takes a {type(obj).__name__}")  # a table without `pickle`


def flavor_named(name: str) -> Flavor:
    """The flavor by its own name or its framework's, whatever the case.

    Raises `UsageError` that lists the known names.
    """
    wanted = name.lower()
    for known in plugins.names("flavors"):
        flavor: Flavor = plugins.load("flavors", known)()
        if wanted in (flavor.name.lower(), (flavor.framework or "").lower()):
            return flavor
    raise UsageError(f"no framework named {name!r}", hint=f"known: {', '.join(plugins.names('flavors'))}")


def inherits(obj: Any, package: str, *classes: str) -> bool:
    """Whether a class of that name, from that top-level package, is among the ancestors of the object's type."""
    return any(base.__name__ in classes and base.__module__.partition(".")[0] == package for base in type(obj).__mro__)
