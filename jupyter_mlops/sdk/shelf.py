"""`workspace.models`, `.images`, `.webservices` …: mappings that look things up when asked, not before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from jupyter_mlops.errors import NotFoundError

__all__ = ["Shelf"]

Noun = TypeVar("Noun")


class Shelf(Mapping[str, Noun]):
    """Names to nouns. A missing name is a `KeyError`, as in any mapping; where there are versions,
    `shelf["name:version"]` works and `shelf["name"]` is the newest.
    """

    def __init__(self, names: Callable[[], list[str]], get: Callable[[str], Noun]):
        self._names = names
        self._get = get

    def __getitem__(self, name: str) -> Noun:
        try:
            return self._get(name)
        except NotFoundError as error:
            raise KeyError(error.message) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def __contains__(self, name: object) -> bool:
        try:
            self._get(str(name))
        except NotFoundError:
            return False
        return True

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{name!r}: {self[name]!r}" for name in self) + "}"
