"""Nouns as the JSON of `openapi.yaml`, and lists of them as pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from jupyter_mlops.records import EventRecord, Provenance

__all__ = ["event", "labels", "page", "provenance", "uses", "wanted"]

Noun = TypeVar("Noun")


def page(
    find: Callable[[int | None], Sequence[Noun]],
    document: Callable[[Noun], dict[str, Any]],
    query: dict[str, Any],
    name_of: Callable[[Noun], str],
) -> dict[str, Any]:
    """The page that a query asks for. `find(limit)` are the first ones, newest first; None: all of them.

    `q` is looked for in the names, capitals or not.
    """
    offset, limit, part = query["offset"], query["limit"], (query.get("q") or "").lower()
    found = list(find(None if part else offset + limit + 1))
    found = [noun for noun in found if part in name_of(noun).lower()]
    more = len(found) > offset + limit
    return {
        "items": [document(noun) for noun in found[offset : offset + limit]],
        "next_offset": offset + limit if more else None,
    }


def wanted(given: Iterable[str]) -> list[list[str | None]]:
    """`k` and `k=v` of a query as the SDK's searches take them."""
    pairs = (text.partition("=") for text in given)
    return [[key, value if equals else None] for key, equals, value in pairs]


def labels(noun: Any, given: dict[str, Any]) -> None:
    """Change a model's, image's or service's labels as a PATCH says."""
    if given.get("description") is not None:
        noun.update(description=given["description"])
    if given.get("remove_tags"):
        noun.remove_tags(given["remove_tags"])
    if given.get("add_tags"):
        noun.add_tags(given["add_tags"])
    if given.get("add_properties"):
        noun.add_properties(given["add_properties"])


def uses(users: Iterable[str]) -> list[dict[str, str]]:
    """`image n:1`, `service s` as objects."""
    return [dict(zip(("kind", "id"), user.split(" ", 1), strict=True)) for user in users]


def provenance(origin: Provenance) -> dict[str, Any]:
    """Where it came from."""
    return asdict(origin)


def event(record: EventRecord) -> dict[str, Any]:
    """One line of the workspace's table."""
    return {**asdict(record), "time": record.time.isoformat()}
