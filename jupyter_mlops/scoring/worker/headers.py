"""HTTP header fields: case-insensitive names, repeated ones kept, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping

__all__ = ["Headers"]


class Headers(MutableMapping[str, str]):
    """A mapping whose look-ups see the first value of a name; `getlist` sees all, `add` adds one more."""

    def __init__(self, pairs: Iterable[tuple[str, str]] | Mapping[str, str] = ()) -> None:
        items = pairs.items() if isinstance(pairs, Mapping) else pairs
        self._pairs = [(str(name), str(value)) for name, value in items]

    def __getitem__(self, name: str) -> str:
        low = name.lower()
        for each, value in self._pairs:
            if each.lower() == low:
                return value
        raise KeyError(name)

    def __setitem__(self, name: str, value: object) -> None:
        self.remove(name)
        self._pairs.append((name, str(value)))

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self.remove(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(each.lower() == name.lower() for each, _ in self._pairs)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self._pairs))

    def __len__(self) -> int:
        return len(set(self))

    def __repr__(self) -> str:
        return f"Headers({self._pairs!r})"

    def add(self, name: str, value: object) -> None:
        """One more field of this name."""
        self._pairs.append((name, str(value)))

    add_header = add

    def set(self, name: str, value: object) -> None:
        """The only field of this name."""
        self[name] = value

    def remove(self, name: str) -> None:
        """All fields of this name; none is no error."""
        self._pairs = [pair for pair in self._pairs if pair[0].lower() != name.lower()]

    def getlist(self, name: str) -> list[str]:
        """Every value of a name."""
        return [value for each, value in self._pairs if each.lower() == name.lower()]

    get_all = getlist

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """All fields, repeated ones too."""
        return list(self._pairs)

    def as_title_case(self) -> dict[str, str]:
        """`{"Content-Type": …}`: names as a WSGI server spells them, repeated values joined by commas."""
        joined: dict[str, str] = {}
        for name, value in self._pairs:
            title = name.title()
            joined[title] = f"{joined[title]},{value}" if title in joined else value
        return joined
