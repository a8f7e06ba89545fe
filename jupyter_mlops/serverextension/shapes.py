"""Nouns as the JSON of `openapi.yaml`, and lists of them as pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from jupyter_mlops.records import EventRecord, Provenance

__all__ = ["by_version", "event", "labels", "page", "provenance", "uses", "wanted"]

Noun = TypeVar("Noun")


def page(
    query: Mapping[str, Any],
    find: Callable[..., Sequence[Noun]],
    documents: Callable[[Sequence[Noun]], list[dict[str, Any]]],
) -> dict[str, Any]:
    """The page that a query asks for: `find(limit=…, offset=…)`, one more than is shown to know that there are more.

    A query without a limit asks for all that come after the offset.
    """
    limit, offset = query["limit"], query["offset"]
    found = find(limit=None if limit is None else limit + 1, offset=offset)
    more = limit is not None and len(found) > limit
    return {"items": documents(found[:limit]), "next_offset": offset + limit if more else None}


def by_version(id: str | None) -> tuple[str | None, str | None]:
    """`name` or `name:version` of a query as the two things that a search takes: a name, or an id."""
    return (None, id) if id and ":" in id else (id or None, None)


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
