"""Tags and properties as Azure ML v1 spelled them in searches: `["k2", ["k", "v"]]`, `[("k", "v")]` or a dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from jupyter_mlops.errors import UsageError

__all__ = ["Pairs", "Wanted", "pairs", "text_values"]

Wanted = Mapping[str, str] | Iterable[str | Sequence[str | None]] | None
Pairs = tuple[tuple[str, str | None], ...]


def pairs(wanted: Wanted, what: str = "tags") -> Pairs:
    """Each as `(key, value)`, with None for a key of any value.

    Raises `UsageError` for what is neither a key nor a key with its value.
    """
    if wanted is None:
        return ()
    if isinstance(wanted, str):
        return ((wanted, None),)
    if isinstance(wanted, Mapping):
        return tuple((str(key), None if value is None else str(value)) for key, value in wanted.items())
    return tuple(_pair(item, what) for item in wanted)


def _pair(item: object, what: str) -> tuple[str, str | None]:
    if isinstance(item, str):
        return item, None
    if isinstance(item, (list, tuple)):
        if len(item) == 1:
            return str(item[0]), None
        if len(item) == 2:
            return str(item[0]), None if item[1] is None else str(item[1])
    raise UsageError(f"{what} are keys or pairs, not {item!r}", hint=f"{what}=['key', ['key', 'value']]")


def text_values(given: Mapping[str, object] | None) -> dict[str, str]:
    """A record's tags or properties, each value as text (as Azure ML v1 kept them)."""
    return {str(key): str(value) for key, value in (given or {}).items()}
