"""What the routes of models and of images have in common: one of `name` and `version`, its users, its labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from jupyter_mlops.errors import UnreadableError, UsageError
from jupyter_mlops.serverextension import shapes
from jupyter_mlops.serverextension.asked import Asked, outside

__all__ = ["Versioned", "listed"]


class _Noun(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def digest(self) -> str: ...

    @property
    def description(self) -> str | None: ...

    @property
    def tags(self) -> dict[str, str]: ...

    @property
    def properties(self) -> dict[str, str]: ...

    @property
    def created_time(self) -> datetime: ...

    @property
    def used_by(self) -> list[str]: ...

    def serialize(self) -> dict[str, Any]: ...

    def delete(self) -> None: ...


Noun = TypeVar("Noun", bound=_Noun)


class Versioned(Generic[Noun]):
    """The actions of one kind of noun. `find(workspace, name, version)`; None is the newest."""

    def __init__(self, find: Callable[[Any, str, int | None], Noun]):
        self._find = find

    def of(self, asked: Asked) -> Noun:
        """The one of the path. Raises `NotFoundError`, `UsageError` for a version that is no number."""
        version = asked.path["version"]
        if version != "latest" and not version.isdecimal():
            raise UsageError(f"{version!r} is no version", where="path version", hint="a number, or latest")
        return self._find(asked.workspace, asked.name, None if version == "latest" else int(version))

    def used_by(self, asked: Asked) -> dict[str, Any]:
        """Who uses it."""
        return {"items": shapes.uses(self.of(asked).used_by)}

    @outside
    def label(self, asked: Asked) -> dict[str, Any]:
        """Change its tags and description, add properties."""
        noun = self.of(asked)
        shapes.labels(noun, dict(asked.body))
        return noun.serialize()

    @outside
    def delete(self, asked: Asked) -> dict[str, Any]:
        """Remove it."""
        noun = self.of(asked)
        noun.delete()
        return {"deleted": noun.id}


def listed(found: Sequence[_Noun], unknown: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each as JSON, with `error` None; one that another version wrote with its error, beside the others.

    `unknown` is what such a one says of that which only reading it would tell.
    """
    return [_document(noun, unknown) for noun in found]


def _document(noun: _Noun, unknown: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {**noun.serialize(), "error": None}
    except UnreadableError as error:
        return {
            **unknown,
            "id": noun.id,
            "name": noun.name,
            "version": noun.version,
            "digest": noun.digest,
            "description": noun.description,
            "tags": noun.tags,
            "properties": noun.properties,
            "created": noun.created_time.isoformat(),
            "provenance": {},
            "error": error.message,
        }
