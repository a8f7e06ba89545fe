"""What a verb that can be typed is made of: arguments and options, as data (`verbs.py` has the table).

Imports nothing heavy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = ["Argument", "Kind", "Names", "Option", "Verb", "read_value"]

Kind: TypeAlias = Literal[
    "text", "integer", "number", "flag", "boolean", "pair", "filter", "json", "duration", "expression", "thing", "path"
]
"""How a value is read. `pair` is K=V, `filter` K or K=V, `duration` 90s, 5m or 2h, `expression` Python over the
notebook's variables, `thing` a variable, else a path or URL."""

Names: TypeAlias = Literal["model", "image", "service", "script", "operation", "target", "framework", "revision"]
"""What Tab completes a value from; a `revision` is one of the service that the line names."""


@dataclass(frozen=True)
class Argument:
    """A value without an option's name."""

    name: str
    help: str
    kind: Kind = "text"
    names: Names | None = None
    required: bool = True


@dataclass(frozen=True)
class Option:
    """`--name VALUE`; `aliases` are spelled with their dashes. `many` may be given more than once."""

    name: str
    help: str
    kind: Kind = "text"
    metavar: str | None = None
    aliases: tuple[str, ...] = ()
    names: Names | None = None
    many: bool = False
    choices: tuple[str, ...] = ()
    required: bool = False

    @property
    def flag(self) -> str:
        """`--name`."""
        return f"--{self.name}"

    @property
    def key(self) -> str:
        """As an identifier."""
        return self.name.replace("-", "_")


@dataclass(frozen=True)
class Verb:
    """One thing to type. `bare` lists what exists when nothing is given; without it a bare call does its work."""

    name: str
    summary: str
    example: str
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    cell: bool = False
    bare: Names | None = None


_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


def read_value(kind: Kind, text: str) -> Any:
    """A value as every surface reads it; kinds that only a notebook has, and text, stay as they are.

    Raises `ValueError` with what the option takes: `takes KEY=VALUE, not 'stage'`.
    """
    match kind:
        case "integer":
            return _number(int, text, "a whole number")
        case "number":
            return _number(float, text, "a number")
        case "boolean":
            if text.lower() not in _TRUTH:
                raise ValueError(f"takes true or false, not {text!r}")
            return _TRUTH[text.lower()]
        case "pair":
            key, equals, value = text.partition("=")
            if not (key and equals):
                raise ValueError(f"takes KEY=VALUE, not {text!r}")
            return key, value
        case "filter":
            key, equals, value = text.partition("=")
            return [key, value] if equals else key
        case "duration":
            match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
            if match is None or float(match[1]) == 0:
                raise ValueError(f"takes a time such as 90s, 5m or 2h, not {text!r}")
            return float(match[1]) * _SECONDS[match[2]]
        case _:
            return text


def _number(read: type[int] | type[float], text: str, what: str) -> int | float:
    try:
        return read(text)
    except ValueError:
        raise ValueError(f"takes {what}, not {text!r}") from None
