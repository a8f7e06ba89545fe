"""From a sample to its Swagger schema, with the sample as `example`: the documents that inference_schema makes.

Used by our twin of it; where the real one is installed it describes its own types.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

__all__ = ["describe_array", "describe_frame", "describe_spark", "describe_value", "fits_swagger_2"]

Schema = dict[str, Any]

_UTC = dt.timezone.utc  # noqa: UP017  (Python 3.10)


def fits_swagger_2(example: Any) -> bool:
    """Whether every array of the example holds one type only, which Swagger 2 demands."""
    if isinstance(example, list):
        return len({type(each) for each in example}) <= 1 and all(map(fits_swagger_2, example))
    if isinstance(example, dict):
        return all(map(fits_swagger_2, example.values()))
    return True


# ── standard types ──


def describe_value(value: Any) -> Schema:
    """A scalar, a date, bytes, a list, a dictionary, or a parameter type among them."""
    if hasattr(value, "input_to_swagger"):
        return dict(value.input_to_swagger())
    kind = type(value)
    if kind in (list, tuple, range):
        return _describe_list(list(value))
    if kind is dict:
        return _describe_dict(value)
    if kind in (bytes, bytearray):
        return {"type": "string", "format": "byte", "example": base64.b64encode(value).decode()}
    if kind in (dt.datetime, dt.date, dt.time):
        return _describe_moment(value)
    return {**_SCALARS.get(kind, {"type": "object"}), "example": value}


_SCALARS: dict[type, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer", "format": "int64"},
    float: {"type": "number", "format": "double"},
    str: {"type": "string"},
}


def _describe_moment(value: Any) -> Schema:
    if type(value) is dt.date:
        return {"type": "string", "format": "date", "example": value.strftime("%Y-%m-%d")}
    zoned = value if value.tzinfo is not None else value.replace(tzinfo=_UTC)
    if type(value) is dt.time:
        return {"type": "string", "format": "time", "example": zoned.strftime("%H:%M:%S.%f %z")}
    return {"type": "string", "format": "date-time", "example": zoned.strftime("%Y-%m-%d %H:%M:%S.%f %z")}


def _describe_list(values: list[Any]) -> Schema:
    """The schema of the items is the last one's."""
    items: Schema = {"type": "object"}
    examples = []
    for value in values:
        items = describe_value(value)
        examples.append(items.pop("example"))
    return {"type": "array", "items": items, "example": examples}


def _describe_dict(values: dict[Any, Any]) -> Schema:
    properties, examples = {}, {}
    for key, value in values.items():
        schema = describe_value(value)
        examples[key] = schema.pop("example")
        properties[key] = schema
    return {"type": "object", "required": list(values), "properties": properties, "example": examples}


# ── numpy ──


def describe_array(sample: Any) -> Schema:
    """An ndarray of one dimension or more; structured types are objects."""
    items = _describe_dtype(sample.dtype)
    schema: Schema = items
    for _ in range(sample.ndim):
        schema = {"type": "array", "items": schema}
    return {**schema, "example": [_example(each) for each in sample], "format": "numpy.ndarray"}


def _describe_dtype(dtype: Any) -> Schema:
    if dtype.names is not None:
        return {"type": "object", "properties": {name: _describe_dtype(dtype[name]) for name in dtype.names}}
    if dtype.subdtype is not None:
        schema = _describe_dtype(dtype.subdtype[0])
        for _ in dtype.subdtype[1]:
            schema = {"type": "array", "items": schema}
        return schema
    for kinds, schema in _DTYPES:
        if dtype.kind in kinds:
            return {**schema, "format": dtype.name} if kinds == "iu" else dict(schema)
    if dtype.kind == "f":
        return {"type": "number", "format": "double" if dtype.itemsize == 8 else "float"}
    raise TypeError(f"a sample of numpy's {dtype} cannot be described")


_DTYPES: tuple[tuple[str, Schema], ...] = (
    ("iu", {"type": "integer"}),
    ("b", {"type": "boolean"}),
    ("O", {"type": "object"}),
    ("M", {"type": "string", "format": "date-time"}),
    ("m", {"type": "string", "format": "timedelta"}),
    ("U", {"type": "string"}),
    ("SV", {"type": "string", "format": "binary"}),
)


def _example(value: Any) -> Any:
    names = getattr(getattr(value, "dtype", None), "names", None)
    if names:
        return {name: _example(value[name]) for name in names}
    if getattr(value, "ndim", 0):
        return [_example(each) for each in value]
    kind = value.dtype.kind if hasattr(value, "dtype") else "O"
    if kind in "iufb":
        return value.item()
    if kind == "M":
        return value.astype("datetime64[us]").item().strftime("%Y-%m-%d %H:%M:%S,%f")
    if kind in "SV":
        return base64.b64encode(bytes(value)).decode()
    return str(value)


# ── pandas ──


def describe_frame(sample: Any, orient: str) -> Schema:
    """A DataFrame as `to_json(orient=…)` writes it."""
    written = json.loads(sample.to_json(orient=orient, date_format="iso"))
    schema = describe_value(written)
    for column in sample.columns:
        kind = str(sample.dtypes[column])
        format_ = "date-time" if kind.startswith("datetime") else "timedelta" if kind.startswith("timedelta") else None
        if format_ is not None:
            for cell in _cells(schema, orient, str(column)):
                cell["format"] = format_
    schema["format"] = f"pandas.DataFrame:{orient}"
    return schema


def _cells(schema: Schema, orient: str, column: str) -> list[Schema]:
    """The schemas of a column's cells, in the orients that name columns."""
    if orient == "records":
        return [schema["items"]["properties"][column]]
    if orient == "index":
        return [row["properties"][column] for row in schema["properties"].values()]
    if orient == "columns":
        return list(schema["properties"][column]["properties"].values())
    if orient == "table":
        return [schema["properties"]["data"]["items"]["properties"][column]]
    return []


# ── Spark ──


def describe_spark(sample: Any) -> Schema:
    """A Spark DataFrame, as an array of its rows."""
    items = _describe_spark_type(sample.schema)
    return {"type": "array", "items": items, "example": [_spark_example(row) for row in sample.collect()]}


def _describe_spark_type(kind: Any) -> Schema:
    name = kind.typeName()
    if name == "struct":
        return {"type": "object", "properties": {f.name: _describe_spark_type(f.dataType) for f in kind.fields}}
    if name == "array":
        return {"type": "array", "items": _describe_spark_type(kind.elementType)}
    if name == "map":
        return {"type": "object", "additionalProperties": _describe_spark_type(kind.valueType)}
    if name not in _SPARK:
        raise TypeError(f"a sample of Spark's {name} cannot be described")
    type_, _, format_ = _SPARK[name].partition(" ")
    return {"type": type_, "format": format_} if format_ else {"type": type_}


_SPARK = {
    "byte": "integer int8",
    "short": "integer int16",
    "integer": "integer int32",
    "long": "integer int64",
    "boolean": "boolean",
    "float": "number float",
    "double": "number double",
    "decimal": "number decimal",
    "string": "string",
    "binary": "string binary",
    "date": "string date",
    "timestamp": "string date-time",
    "null": "object",
    "void": "object",
}


def _spark_example(value: Any) -> Any:
    if hasattr(value, "asDict"):
        return {name: _spark_example(each) for name, each in value.asDict().items()}
    if isinstance(value, dict):
        return {name: _spark_example(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_spark_example(each) for each in value]
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S,%f")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if isinstance(value, dt.date) else float(value)
