"""Records to plain JSON values and back, by their own type annotations.

A field that is added to a record (with a default) needs no change here: what a document lacks takes the
default, and what a record no longer knows is dropped.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, Union

__all__ = ["decode", "encode"]

T = TypeVar("T")
_Reader = Callable[[Any], Any]


def encode(value: Any) -> Any:
    """A record as JSON values: dataclasses become objects, tuples lists, times ISO 8601 text."""
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return encode(value.tolist())
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def decode(kind: type[T], document: Any) -> T:
    """The record of type `kind` that `encode` wrote. Raises `KeyError` or `TypeError` for another document."""
    hint: Any = kind
    value: T = _reader(hint)(document)
    return value


def _as_it_is(value: Any) -> Any:
    return value


@cache
def _reader(hint: Any) -> _Reader:
    if isinstance(hint, type) and is_dataclass(hint):
        return _record_reader(hint)
    if hint is datetime:
        return datetime.fromisoformat
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return _optional_reader(arguments)
    if origin is tuple:
        item = _reader(arguments[0])
        return lambda value: tuple(item(each) for each in value)
    if origin is list:
        item = _reader(arguments[0])
        return lambda value: [item(each) for each in value]
    if origin is dict:
        item = _reader(arguments[1])
        return lambda value: {key: item(each) for key, each in value.items()}
    return _as_it_is


def _optional_reader(arguments: tuple[Any, ...]) -> _Reader:
    known = [argument for argument in arguments if argument is not type(None)]
    if len(known) != 1:
        return _as_it_is
    reader = _reader(known[0])
    return lambda value: None if value is None else reader(value)


def _record_reader(kind: type) -> _Reader:
    hints = typing.get_type_hints(kind)
    plan = [(field.name, _reader(hints[field.name]), _has_default(field)) for field in fields(kind)]

    def read(document: Any) -> Any:
        return kind(
            **{
                name: reader(document[name])
                for name, reader, may_be_absent in plan
                if not may_be_absent or name in document
            }
        )

    return read


def _has_default(field: Any) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING
