"""A signature as Python text: the sample and the inference-schema type that an entry script is decorated with."""

from __future__ import annotations

import json
import pprint
from collections.abc import Callable
from typing import Any, NamedTuple

from jupyter_mlops.records import ColumnSpec, Signature

__all__ = ["SchemaSource", "columns_of", "literal", "quoted", "schema_source"]

_WIDTH = 100
_MOST_VALUES = 400
"""A row of an array with more is written as zeros of its shape: a person has to read the script."""

_PANDAS = "from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType"
_NUMPY = "from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType"
_STANDARD = "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType"


class SchemaSource(NamedTuple):
    """`imports` and `sample` are lines; `type` is the expression for the decorator."""

    imports: tuple[str, ...]
    sample: tuple[str, ...]
    type: str


def schema_source(signature: Signature, name: str = "SAMPLE") -> SchemaSource | None:
    """The lines that make the sample `name`, and the type of it; None where inference-schema has no type for it
    (a value with nulls in it)."""
    makers: dict[str, Callable[[Signature], tuple[tuple[str, ...], str, str] | None]] = {
        "frame": _frame,
        "series": _series,
        "array": _array,
        "value": _value,
    }
    made = makers[signature.kind](signature)
    if made is None:
        return None
    imports, text, kind = made
    return SchemaSource(imports, tuple(f"{name} = {text}".splitlines()), f"{kind}({name})")


def columns_of(signature: Signature) -> list[str] | list[int]:
    """The names of a frame's columns as `pandas.read_json` gives them back: numbers when all are numbers."""
    names = [column.name for column in signature.columns]
    return [int(name) for name in names] if all(name.isdecimal() for name in names) else names


def quoted(text: str) -> str:
    """A text as a Python literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def literal(value: Any, indent: int = 0) -> str:
    """A value as Python text, wrapped."""
    lines = pprint.pformat(value, width=max(_WIDTH - indent, 40), compact=True, sort_dicts=False).splitlines()
    return f"\n{' ' * indent}".join(lines)


def _frame(signature: Signature) -> tuple[tuple[str, ...], str, str]:
    rows: list[dict[str, Any]] = signature.example
    lines = ["pd.DataFrame(", "    {"]
    for label, column in zip(columns_of(signature), signature.columns, strict=True):
        values = [row[column.name] for row in rows]
        key = quoted(label) if isinstance(label, str) else label
        lines.append(f"        {key}: {_column(column, values)},")
    return ("import pandas as pd", _PANDAS), "\n".join([*lines, "    }", ")"]), "PandasParameterType"


def _column(column: ColumnSpec, values: list[Any]) -> str:
    text = literal(values, indent=18)
    if column.dtype.startswith("timedelta"):
        return f"pd.to_timedelta({text})"
    if column.dtype == "category" and column.categories:
        return f"pd.Categorical({text}, categories={literal(list(column.categories), indent=12)})"
    return f'pd.Series({text}, dtype="{column.dtype}")'


def _series(signature: Signature) -> tuple[tuple[str, ...], str, str] | None:
    """A list of values (there is no type for a series); the script makes the series."""
    return _value(signature)


def _array(signature: Signature) -> tuple[tuple[str, ...], str, str]:
    imports = ("import numpy as np", _NUMPY)
    if signature.columns:
        fields = [(column.name, column.dtype) for column in signature.columns]
        rows = [tuple(row.values()) for row in signature.example]
        return imports, f"np.array({literal(rows, 4)}, dtype={literal(fields, 4)})", "NumpyParameterType"
    size = 1
    for extent in signature.shape[1:]:
        size *= extent or 1
    if size > _MOST_VALUES:
        shape = (1, *signature.shape[1:])
        return imports, f'np.zeros({shape}, dtype="{signature.dtype}")', "NumpyParameterType"
    return imports, f'np.array({literal(signature.example, 4)}, dtype="{signature.dtype}")', "NumpyParameterType"


def _value(signature: Signature) -> tuple[tuple[str, ...], str, str] | None:
    if _has_null(signature.example):
        return None
    return (_STANDARD,), literal(signature.example), "StandardPythonParameterType"


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_null(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_null(item) for item in value)
    return value is None
