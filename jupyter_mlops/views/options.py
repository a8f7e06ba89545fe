"""What a verb that can be typed is made of: arguments and options, as data (`verbs.py` has the table).

Imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Argument", "Kind", "Names", "Option", "Verb"]

Kind: TypeAlias = Literal[
    "text", "integer", "number", "flag", "boolean", "pair", "filter", "json", "duration", "expression", "thing", "path"
]
"""How a value is read. `pair` is K=V, `filter` K or K=V, `duration` 90s, 5m or 2h, `expression` Python over the
notebook's variables, `thing` a variable, else a path or URL."""

Names: TypeAlias = Literal["model", "image", "service", "script", "operation", "target", "framework"]
"""What Tab completes a value from."""


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
