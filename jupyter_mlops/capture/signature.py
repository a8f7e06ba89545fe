"""What a sample says about a model's input, and how data goes over the wire.

The wire is inference-schema's: a frame is a list of records, an array a list of lists, times are ISO 8601
texts, bytes are base64, what is missing is null.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import enum
import json
import math
import pathlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.records import ColumnSpec, Signature

__all__ = ["EXAMPLE_ROWS", "request_body", "signature_of", "wire_value"]

EXAMPLE_ROWS = 2
"""Rows of a sample that are kept: one would hide that the input is a list."""

_MOST_CATEGORIES = 1000

_POLARS = {"String": "object", "Utf8": "object", "Boolean": "bool", "Date": "object", "Categorical": "object"}


def signature_of(sample: Any) -> Signature:
    """The signature of a sample: a pandas or polars frame or series, an array or tensor (a sparse one too), or
    any value that JSON can hold, or bytes. The example is its first two rows; a value is kept whole.

    Raises `UsageError` for a frame that records cannot carry (two columns of one name, columns in levels), an
    empty frame or array, and a value that has no JSON.
    """
    kind = _kind(sample)
    if kind == "frame":
        return _of_frame(sample)
    if kind == "series":
        values = sample.head(EXAMPLE_ROWS)
        return Signature(kind="series", dtype=_dtype_name(sample.dtype), example=wire_value(values))
    if kind == "array":
        array = _as_array(sample)
        if array.ndim > 0:
            return _of_array(array)
    is_bytes = isinstance(sample, (bytes, bytearray, memoryview))
    return Signature(kind="value", dtype="bytes" if is_bytes else None, example=wire_value(sample))


def request_body(parameter_names: Sequence[str], sample: Any) -> str:
    """The JSON text of a request that carries the sample to a `run` with these parameters.

    No parameters (an undecorated `run`): the sample itself, a text as it is. A mapping whose keys are among the
    parameters gives each its value; anything else goes to the first parameter, the others keep their defaults.
    Raises `UsageError` for a value that has no JSON.
    """
    if not parameter_names:
        return sample if isinstance(sample, str) else json.dumps(wire_value(sample))
    is_keyed = isinstance(sample, Mapping) and len(sample) > 0 and set(sample) <= set(parameter_names)
    arguments = dict(sample) if is_keyed else {parameter_names[0]: sample}
    return json.dumps({name: wire_value(value) for name, value in arguments.items()})


def wire_value(value: Any) -> Any:
    """A value as JSON carries it: only None, bool, int, float, str, list and dict are left.

    Raises `UsageError` naming the type that has no JSON.
    """
    if value is None or (isinstance(value, (bool, int, str)) and not isinstance(value, enum.Enum)):
        return _plain(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): wire_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, range)):
        return [wire_value(item) for item in value]
    kind = _kind(value)
    if kind == "frame":
        return _records(value)
    if kind == "series":
        return [wire_value(item) for item in value.to_list()]
    if kind == "array":
        return _array_value(_as_array(value))
    return _scalar(value)


def _plain(value: Any) -> Any:
    """Subclasses of int and str (numpy's among them) as what they are made of."""
    for kind in (bool, int, str):
        if isinstance(value, kind):
            return kind(value)
    return None


def _scalar(value: Any) -> Any:
    """One value that is no JSON by itself."""
    if isinstance(value, enum.Enum):
        return wire_value(value.value)
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return _duration(value)
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, (uuid.UUID, pathlib.PurePath)):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    if hasattr(value, "item") and type(value).__module__ == "numpy":
        return _numpy_scalar(value)
    raise UsageError(
        f"a {type(value).__module__}.{type(value).__qualname__} has no JSON",
        hint="give a frame, an array, or lists, dicts and plain values",
    )


def _numpy_scalar(value: Any) -> Any:
    if value.dtype.kind in "mM":
        return None if str(value) == "NaT" else str(value)
    item = value.item()
    if item is value:
        raise UsageError(f"a numpy {value.dtype} has no JSON", hint="convert it to float64")
    return wire_value(item)


def _duration(value: datetime.timedelta) -> str:
    """pandas' own (ISO 8601) where it is pandas'; else days and seconds in the same form."""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return f"P{value.days}DT{value.seconds + value.microseconds / 1e6:.6f}S"


def _kind(value: Any) -> str:
    """`frame`, `series`, `array` or `value`, by the modules of its classes; imports nothing."""
    for base in type(value).__mro__:
        package = base.__module__.partition(".")[0]
        if package in ("pandas", "polars") and base.__name__ == "DataFrame":
            return "frame"
        if package in ("pandas", "polars") and base.__name__ in ("Series", "Index"):
            return "series"
        if package == "numpy" and base.__name__ == "ndarray":
            return "array"
        if package in ("torch", "tensorflow", "jax", "jaxlib") and base.__name__ in ("Tensor", "EagerTensor", "Array"):
            return "array"
        if package == "scipy" and base.__name__ in ("_spbase", "spmatrix", "sparray"):
            return "array"
    return "value"


def _as_array(value: Any) -> Any:
    """As a numpy array, on this machine's memory and dense."""
    import numpy as np

    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "toarray"):
        value = value[:EXAMPLE_ROWS].toarray() if value.ndim == 2 else value.toarray()
    return np.asarray(value)


def _of_array(array: Any) -> Signature:
    if array.shape[0] == 0:
        raise UsageError("the sample has no rows", hint="give one row at least")
    if array.dtype.names:
        columns = tuple(ColumnSpec(name, str(array.dtype[name])) for name in array.dtype.names)
        return Signature(kind="array", columns=columns, dtype="void", shape=(None,), example=_array_value(array[:2]))
    # A text of numpy has a fixed length, at which longer ones would be cut: the column is one of objects.
    dtype = "object" if array.dtype.kind in "USO" else array.dtype.name
    shape = (None, *array.shape[1:])
    return Signature(kind="array", dtype=dtype, shape=shape, example=_array_value(array[:EXAMPLE_ROWS]))


def _array_value(array: Any) -> Any:
    if array.dtype.names:
        return [dict(zip(array.dtype.names, (wire_value(item) for item in row), strict=True)) for row in array]
    if array.dtype.kind in "mM":
        return _texts(array.astype(str).tolist())
    if array.dtype.kind in "iub":
        return array.tolist()
    return wire_value(array.tolist())


def _texts(value: Any) -> Any:
    if isinstance(value, list):
        return [_texts(item) for item in value]
    return None if value == "NaT" else value


def _of_frame(frame: Any) -> Signature:
    names = [str(name) for name in frame.columns]
    if len(frame) == 0:
        raise UsageError("the sample has no rows", hint="give one row at least")
    if getattr(frame.columns, "nlevels", 1) > 1:
        raise UsageError("the sample's columns have levels, which JSON records cannot carry", hint="rename them")
    twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
    if twice:
        raise UsageError(f"the sample has two columns named {min(twice)!r}", hint="rename one")
    dtypes = list(frame.dtypes)
    columns = tuple(
        ColumnSpec(name, _dtype_name(dtype), _categories(dtype)) for name, dtype in zip(names, dtypes, strict=True)
    )
    return Signature(kind="frame", columns=columns, example=_records(frame.head(EXAMPLE_ROWS)))


def _dtype_name(dtype: Any) -> str:
    """pandas' name; for polars the pandas name of the same thing."""
    if type(dtype).__module__.startswith("polars") or (isinstance(dtype, type) and "polars" in dtype.__module__):
        name = str(dtype).partition("(")[0]
        return _POLARS.get(name, "datetime64[us]" if name == "Datetime" else name.lower())
    return "category" if str(dtype) == "category" else str(dtype)


def _categories(dtype: Any) -> tuple[Any, ...]:
    found = getattr(dtype, "categories", None)
    if str(dtype) != "category" or found is None or len(found) > _MOST_CATEGORIES:
        return ()
    return tuple(wire_value(item) for item in found.tolist())


def _records(frame: Any) -> list[dict[str, Any]]:
    """A frame as a list of dicts, one a row (`orient="records"`)."""
    columns = {str(name): wire_value(frame[name]) for name in frame.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
