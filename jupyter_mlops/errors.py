"""What can go wrong, in one line each: what, where, and the next thing to type.

    MlopsError
    ├── UsageError            an option, a name or a file that was given is wrong
    │   └── InvalidNameError  a name that the registry does not take
    ├── NotFoundError         no such model, image, service, script, operation …
    ├── ConflictError         it exists, is in use, or somebody else is at it
    │   ├── NameTakenError
    │   ├── InUseError        deletion refused: says who uses it
    │   └── BusyError         another operation is at work on the same service
    ├── UnreadableError       a record that another version of this program wrote
    ├── WorkspaceError        the workspace cannot be opened, is older or newer than this program
    ├── StorageError          the disk is full or read-only, a blob is corrupt or gone
    ├── CaptureError          an object or a cell that cannot be captured
    ├── RequirementError      a package or a Python that cannot be had here
    ├── ProofError            the captured script did not answer as it should
    ├── ImageError            an image that cannot be built or read
    │   └── RegistryError     a registry wants other credentials than it was given
    ├── ServiceError          a service that did not start, or does not answer
    │   └── UnsupportedError  what the chosen target cannot do
    └── OperationError        an operation that failed, was cancelled or was interrupted

Every error is raised, never printed and swallowed: papermill and `Run all` must see it. In IPython the one
line is shown in place of a Python traceback, and the cell still fails.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "BusyError",
    "CaptureError",
    "ConflictError",
    "ImageError",
    "InUseError",
    "InvalidNameError",
    "MlopsError",
    "NameTakenError",
    "NotFoundError",
    "OperationError",
    "ProofError",
    "RegistryError",
    "RequirementError",
    "ServiceError",
    "StorageError",
    "UnreadableError",
    "UnsupportedError",
    "UsageError",
    "WorkspaceError",
    "from_dict",
]


class MlopsError(Exception):
    """One line that says what is wrong, where, and what to type next.

    `what` is a sentence without a final stop; `where` is a file, a cell's line or a path inside an object;
    `hint` is a command or a piece of code; `details` is longer text (a traceback of the user's code, a
    container's last lines) that is shown below the line.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None, details: str | None = None):
        self.what = what
        self.where = where
        self.hint = hint
        self.details = details
        super().__init__(what)

    @property
    def message(self) -> str:
        """The line, without the details (the name that Azure ML v1's exceptions had)."""
        line = self.what if self.where is None else f"{self.where}: {self.what}"
        if self.hint is None:
            return line
        return f"{line}. {self.hint}" if self.hint[:1].isupper() else f"{line}; {self.hint}"

    def __str__(self) -> str:
        return self.message if self.details is None else f"{self.message}\n{self.details.rstrip()}"

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: these lines stand in place of the traceback."""
        return [f"{type(self).__name__}: {self.message}", *((self.details or "").rstrip().splitlines())]

    def to_dict(self) -> dict[str, Any]:
        """Itself as JSON, for the operations table and the wire; `from_dict` reads it back."""
        return {
            "type": type(self).__name__,
            "what": self.what,
            "where": self.where,
            "hint": self.hint,
            "details": self.details,
        }


class UsageError(MlopsError):
    """An option, a name or a file that was given is wrong."""

    exit_code = 2


class InvalidNameError(UsageError):
    """A name that the registry does not take."""


class NotFoundError(MlopsError):
    """No such model, image, service, script or operation."""

    exit_code = 3


class ConflictError(MlopsError):
    """It exists, is in use, or somebody else is at it."""

    exit_code = 4


class NameTakenError(ConflictError):
    """The name is taken; the hint says how to update or to overwrite."""


class InUseError(ConflictError):
    """Deletion refused, naming the users."""


class BusyError(ConflictError):
    """Another operation is at work on the same service; says whose, and since when."""


class UnreadableError(MlopsError):
    """A record that another version of this program wrote, or that is damaged; the others are as ever."""


class WorkspaceError(MlopsError):
    """The workspace cannot be opened, or is of an older or newer schema than this program."""


class StorageError(MlopsError):
    """The disk is full or read-only, or a blob is corrupt or gone."""


class CaptureError(MlopsError):
    """An object or a cell that cannot be captured; `where` is the path inside it, or the cell's line."""


class RequirementError(MlopsError):
    """A package or a Python that no installer has for this machine."""


class ProofError(MlopsError):
    """The captured script did not answer its sample as it should; nothing was built or started."""


class ImageError(MlopsError):
    """An image that cannot be built or read."""


class RegistryError(ImageError):
    """A registry wants other credentials than it was given."""


class ServiceError(MlopsError):
    """A service that did not start, or does not answer."""


class UnsupportedError(ServiceError):
    """An option or an action that the chosen target cannot honour, by name."""

    exit_code = 2


class OperationError(MlopsError):
    """An operation that failed, was cancelled or was interrupted."""


def _subclasses(root: type[MlopsError]) -> dict[str, type[MlopsError]]:
    found = {root.__name__: root}
    for child in root.__subclasses__():
        found |= _subclasses(child)
    return found


def from_dict(document: dict[str, Any]) -> MlopsError:
    """The error that `to_dict` wrote; an unknown type becomes a `MlopsError`."""
    kind = _subclasses(MlopsError).get(document.get("type", ""), MlopsError)
    return kind(
        document["what"],
        where=document.get("where"),
        hint=document.get("hint"),
        details=document.get("details"),
    )
