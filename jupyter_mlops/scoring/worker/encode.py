"""Values to JSON, as `json.dumps` has them (NaN stays NaN); numpy, pandas, dates and dataclasses work too.

encode(value) -> bytes          raises NotJson, which says where in the value the trouble is
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

from jupyter_mlops.scoring.worker.optional import orjson

__all__ = ["NotJson", "encode"]


class NotJson(TypeError):
    """The value, or something inside it, has no JSON form."""


def encode(value: Any) -> bytes:
    """The JSON text of a value. Raises NotJson."""
    if orjson is not None:
        try:
            text: bytes = orjson.dumps(value, plain, orjson.OPT_PASSTHROUGH_DATACLASS)
        except (TypeError, RecursionError):  # keys that are no strings, integers over 64 bits, lone surrogates
            pass
        else:
            if b"null" not in text:  # where orjson writes null, json may write NaN
                return text
    try:
        return json.dumps(value, default=plain).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NotJson(_whereabouts(value) or str(error)) from error


def plain(value: Any) -> Any:
    """One step from an object that is not JSON to one that is, or nearer to it. Raises TypeError."""
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    if isinstance(value, Enum):
        return value.value
    maker = _BY_PACKAGE.get(type(value).__module__.partition(".")[0])
    if maker is not None:
        return maker(value)
    fields = getattr(type(value), "__dataclass_fields__", None)
    if fields is not None:
        return {name: getattr(value, name) for name in fields}
    return _duck(value)


def _duck(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        raise TypeError("bytes have no JSON form; return them alone, or base64.b64encode(…).decode()")
    if isinstance(value, Mapping):
        return dict(value)
    for name, arguments in _METHODS:
        method = getattr(value, name, None)
        if callable(method):
            return method(**arguments)
    if isinstance(value, Iterable) and hasattr(value, "__len__"):
        return list(value)
    raise TypeError(f"an object of type {type(value).__name__} has no JSON form")


_METHODS: tuple[tuple[str, dict[str, str]], ...] = (
    ("model_dump", {"mode": "json"}),  # pydantic
    ("isoformat", {}),
    ("tolist", {}),  # torch, array.array, anything that looks like an array
    ("numpy", {}),  # tensorflow
    ("asDict", {}),  # a Spark row
    ("toPandas", {}),  # a Spark frame
)


def _from_datetime(value: Any) -> Any:
    return value.total_seconds() if hasattr(value, "total_seconds") else value.isoformat()


def _from_numpy(value: Any) -> Any:
    kind = value.dtype.kind
    if kind in "mM":
        import numpy

        missing = numpy.isnat(value).tolist()
        text = numpy.datetime_as_string(value) if kind == "M" else value / numpy.timedelta64(1, "s")
        return _without_missing(text.tolist(), missing)
    if kind in "cSV" and value.dtype.names is None:
        raise TypeError(f"numpy's {value.dtype} has no JSON form")
    if value.dtype.names is not None and value.ndim == 0:
        return {name: value[name] for name in value.dtype.names}
    return list(value) if value.dtype.names is not None else value.tolist()


def _without_missing(values: Any, missing: Any) -> Any:
    if isinstance(missing, list):
        return [_without_missing(*pair) for pair in zip(values, missing, strict=True)]
    return None if missing else values


def _from_pandas(value: Any) -> Any:
    name = type(value).__name__
    if name in ("NaTType", "NAType"):
        return None
    if hasattr(value, "columns"):
        return value.to_dict(orient="records")
    if name == "Timedelta":
        return value.total_seconds()
    if hasattr(value, "tolist"):
        return value.tolist()
    return _duck(value)


_BY_PACKAGE: dict[str, Callable[[Any], Any]] = {
    "numpy": _from_numpy,
    "pandas": _from_pandas,
    "datetime": _from_datetime,
    "decimal": float,
    "uuid": str,
    "pathlib": str,
}


def _whereabouts(value: Any, path: str = "result") -> str | None:
    """Where the first thing without a JSON form is: `result['a'][3]: …`."""
    members: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list | tuple):
        members = enumerate(value)
    for key, member in members:
        try:
            json.dumps(member, default=plain)
        except (TypeError, ValueError, RecursionError):
            return _whereabouts(member, f"{path}[{key!r}]")
    try:
        json.dumps(value, default=plain)
    except (TypeError, ValueError, RecursionError) as error:
        return f"{path}: {error}"
    return None
