"""Tags and properties: what they may be, how they are asked for, how they change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jupyter_mlops.errors import ConflictError, UsageError

__all__ = ["added", "checked", "wanted", "without"]

_LONGEST_KEY = 255


def checked(kind: str, labels: Mapping[str, Any] | None) -> dict[str, str]:
    """A copy with text for values: numbers and truth values are written out.

    `kind` is `tag` or `property`. Raises `UsageError` for a key that is empty, too long or no text, and for a value
    that is a container.
    """
    return {_key(kind, key): _value(kind, key, value) for key, value in (labels or {}).items()}


def wanted(
    labels: Iterable[str | Sequence[str | None]] | Mapping[str, str | None] | None,
) -> list[tuple[str, str | None]]:
    """What a search asks for, as Azure ML v1 spelled it: `[['key', 'value'], 'key']`; a mapping will do, too.

    Raises `UsageError` for anything else.
    """
    pairs: list[tuple[str, str | None]] = []
    for each in labels.items() if isinstance(labels, Mapping) else (labels or ()):
        if isinstance(each, str):
            pairs.append((each, None))
        elif len(each) in (1, 2) and isinstance(each[0], str):
            value = each[1] if len(each) == 2 else None
            pairs.append((each[0], None if value is None else _value("tag", each[0], value)))
        else:
            raise UsageError(f"{each!r} asks for no tag or property", hint="[['key', 'value'], 'key']")
    return pairs


def added(properties: dict[str, str], more: Mapping[str, Any]) -> dict[str, str]:
    """The properties with more of them. Raises `ConflictError` for one that is there with another value."""
    new = checked("property", more)
    for key, value in new.items():
        if properties.get(key, value) != value:
            raise ConflictError(
                f"the property {key!r} is {properties[key]!r} and cannot change", hint="use a tag for what changes"
            )
    return {**properties, **new}


def without(tags: dict[str, str], keys: Iterable[str]) -> dict[str, str]:
    """The tags but for these; a single key will do."""
    fewer = {keys} if isinstance(keys, str) else set(keys)
    return {key: value for key, value in tags.items() if key not in fewer}


def _key(kind: str, key: Any) -> str:
    if not isinstance(key, str) or not key.strip() or len(key) > _LONGEST_KEY or "\0" in key:
        raise UsageError(f"{key!r} is no name of a {kind}: it must be text of 1 to {_LONGEST_KEY} characters")
    return key


def _value(kind: str, key: str, value: Any) -> str:
    if isinstance(value, (bool, int, float)):
        return str(value)
    if not isinstance(value, str) or "\0" in value:
        raise UsageError(f"the {kind} {key!r} has a value that is no text: {type(value).__name__}", hint=f"str({key})")
    return value
