"""What stands for a row that another version wrote: its plain columns are there, asking for the rest raises one line.

So one such row hides no other, and what needs its name, digest or labels alone goes on working.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NoReturn, Self

from jupyter_mlops.errors import UnreadableError
from jupyter_mlops.records import ImageRecord, ModelRecord
from jupyter_mlops.version import __version__

__all__ = ["REASONS", "UnreadableImage", "UnreadableModel"]

REASONS = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What `documents.decode` raises for a document of another form."""


class _Unreadable:
    """Comes before its record's class, so that none of the dataclass's own methods asks for a field that is not had."""

    _why: str

    @classmethod
    def of(cls, known: Mapping[str, Any], why: Exception) -> Self:
        """With the fields that are known; `why` is what reading the others raised."""
        made = object.__new__(cls)
        made.__dict__.update(known, _why=f"{type(why).__name__}: {why}")
        return made

    def __getattr__(self, name: str) -> NoReturn:
        if name not in {field.name for field in fields(self)}:  # type: ignore[arg-type]
            raise AttributeError(name)
        noun = type(self).__name__.removeprefix("Unreadable").lower()
        raise UnreadableError(
            f"this jupyter_mlops ({__version__}) cannot read the {noun} {self.id} ({self._why})",
            hint="another version wrote it: pip install -U jupyter-mlops",
        )

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.__dict__['name']}:{self.__dict__['version']})"


class UnreadableModel(_Unreadable, ModelRecord):
    """Without its signature and provenance."""


class UnreadableImage(_Unreadable, ImageRecord):
    """Without its manifest and provenance."""
