"""Standard Python types: scalars, dates, bytes (base64), and lists and dictionaries that may hold other samples."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlops.scoring.worker.inputs import BadInput
from jupyter_mlops.scoring.worker.notes import Notes
from jupyter_mlops.scoring.worker.schema.words import given, type_word

if TYPE_CHECKING:
    from jupyter_mlops.scoring.worker.schema.converters import Converter

__all__ = ["Lists", "Mappings", "Scalars", "read_moment"]

_WRITTEN = ("%Y-%m-%d %H:%M:%S.%f %z", "%Y-%m-%d %H:%M:%S,%f", "%H:%M:%S.%f %z")


class Scalars:
    """A sample of one type; the value must be of it. An integer does for a float; dates and bytes come as text."""

    exact = True

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self._read = _READERS.get(kind)

    def convert(self, value: Any, name: str, notes: Notes) -> Any:
        kind = self._kind
        if isinstance(value, kind) or (kind is float and type(value) is int):
            return value
        if self._read is not None and isinstance(value, str):
            try:
                return self._read(value)
            except (ValueError, OverflowError) as error:
                raise BadInput(f"{name!r} must be {type_word(kind)}; {given(value)} came ({error})") from error
        raise BadInput(f"{name!r} must be {type_word(kind)}; {given(value)} came")


class Mappings:
    """An object; the members whose samples are parameter types are converted, the others are left as they come."""

    exact = True

    def __init__(self, members: Mapping[str, Converter]) -> None:
        self._members = members

    def convert(self, value: Any, name: str, notes: Notes) -> Any:
        if not isinstance(value, dict):
            raise BadInput(f"{name!r} must be an object; {given(value)} came")
        for key, converter in self._members.items():
            if key in value:
                value[key] = converter.convert(value[key], f"{name}.{key}", notes)
        return value


class Lists:
    """An array; where the sample's first item is a parameter type, each item is converted by it."""

    exact = True

    def __init__(self, item: Converter | None) -> None:
        self._item = item

    def convert(self, value: Any, name: str, notes: Notes) -> Any:
        if not isinstance(value, list | tuple):
            raise BadInput(f"{name!r} must be an array; {given(value)} came")
        if self._item is None:
            return value
        return [self._item.convert(each, f"{name}[{number}]", notes) for number, each in enumerate(value)]


def read_moment(text: str) -> dt.datetime:
    """ISO 8601 and the spelling of inference_schema's examples; by dateutil where the environment has it."""
    try:
        from dateutil import parser
    except ImportError:
        return _read_strictly(text)
    moment: dt.datetime = parser.parse(text)
    return moment


def _read_strictly(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        for form in _WRITTEN:
            try:
                return dt.datetime.strptime(text, form)
            except ValueError:
                continue
        raise


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode())
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from error


_READERS: dict[type, Callable[[str], Any]] = {
    dt.datetime: read_moment,
    dt.date: lambda text: read_moment(text).date(),
    dt.time: lambda text: read_moment(text).timetz(),
    bytes: _decoded,
    bytearray: lambda text: bytearray(_decoded(text)),
}
