"""pandas: a JSON table in the sample's orient becomes a `DataFrame` with the sample's column types.

The long way is `pandas.read_json`, as inference_schema has it. Requests whose columns are the sample's and whose values
need no guessing are made into a frame directly, which gives the same at a third of the cost.
"""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd

from jupyter_mlops.scoring.worker.inputs import BadInput
from jupyter_mlops.scoring.worker.notes import Notes
from jupyter_mlops.scoring.worker.schema.words import given, listed

__all__ = ["Frames"]

_DIRECT_ORIENTS = ("records", "split")
_PLAIN = "iufb"
_TOO_BIG = 2.0**64


class Frames:
    """`sample` (any, columns): the number of columns is wanted where `enforce_shape`, their types where
    `enforce_column_type`. Columns with other names are let through with a doubt."""

    def __init__(
        self,
        sample: pd.DataFrame,
        enforce_column_type: bool = True,
        enforce_shape: bool = True,
        apply_column_names: bool = False,
        orient: str = "records",
    ) -> None:
        self._sample = sample
        self._typed, self._shaped, self._named = enforce_column_type, enforce_shape, apply_column_names
        self._orient = orient
        self._types = sample.dtypes.to_dict()
        self._names = set(sample.columns)
        self._direct = self._may_go_directly()
        self.exact = not (enforce_column_type and all(kind.kind in "iufb" for kind in self._types.values()))

    @property
    def wanted(self) -> str:
        columns = [f"{name} {kind}" if self._typed else str(name) for name, kind in self._types.items()]
        more = f" and {len(columns) - 20} more" if len(columns) > 20 else ""
        return f"a table (orient {self._orient!r}) of the columns {', '.join(columns[:20])}{more}"

    def convert(self, value: Any, name: str, notes: Notes) -> Any:
        if isinstance(value, pd.DataFrame):
            return value
        if not isinstance(value, list | dict):
            raise BadInput(f"{name!r} must be {self.wanted}; {given(value)} came")
        frame = self._directly(value) if self._direct else None
        try:
            if frame is None:
                frame = self._by_pandas(value)
            typed = self._as_sampled(frame, name, notes) if self._typed else frame
        except Exception as error:
            raise BadInput(f"{name!r} must be {self.wanted}; {self._trouble(frame, error)}") from error
        if self._shaped and typed.shape[1] != self._sample.shape[1]:
            raise BadInput(f"{name!r} must be {self.wanted}; {self._came(typed)}")
        if set(typed.columns) != self._names:
            notes.doubt(f"{name!r} should be {self.wanted}; {self._came(typed)}")
        return typed

    # ── the long way ──

    def _by_pandas(self, value: Any) -> pd.DataFrame:
        text = StringIO(json.dumps(value))
        frame: pd.DataFrame = pd.read_json(text, orient=self._orient, dtype=False)  # type: ignore[call-overload]
        if self._named:
            frame.columns = self._sample.columns.copy()
        return frame

    # ── the short way ──

    def _may_go_directly(self) -> bool:
        """Where read_json would change no label and guess no date."""
        names = list(self._sample.columns)
        if self._orient not in _DIRECT_ORIENTS or self._named or not self._typed or not names:
            return False
        if not all(isinstance(name, str) for name in names) or len(self._names) != len(names):
            return False
        if not all(kind.kind in "iufbOU" for kind in self._types.values()) or any(map(_dated, names)):
            return False
        return list(self._by_pandas(_one_row(names, self._orient)).columns) == names

    def _directly(self, value: Any) -> pd.DataFrame | None:
        """The frame, or None where read_json might see more in it."""
        try:
            frame = _of_records(value) if self._orient == "records" else _of_split(value)
        except (ValueError, TypeError, AssertionError):
            return None
        if frame is None or not self._names.issuperset(frame.columns) or not frame.columns.is_unique:
            return None
        for column, kind in frame.dtypes.items():
            if not _certain(frame[column], kind, self._types[column]):
                return None
        return frame

    # ── types ──

    def _as_sampled(self, frame: pd.DataFrame, name: str, notes: Notes) -> pd.DataFrame:
        changes: dict[Any, Any] = {}
        for column, kind in frame.dtypes.items():
            wanted = self._types.get(column, np.dtype(object))
            if str(wanted).startswith("timedelta"):
                frame[column] = pd.to_timedelta(frame[column])
            if kind != wanted:
                changes[column] = wanted
        if not changes:
            return frame
        for column, wanted in changes.items():
            if getattr(wanted, "kind", "") in "iu" and frame[column].dtype.kind == "f":
                _refuse_too_big(frame[column])
        typed = frame.astype(changes)
        for column, wanted in changes.items():
            if getattr(wanted, "kind", "") in "iu" and frame[column].dtype.kind == "f":
                _warn_of_fractions(frame[column], typed[column], name, notes)
        return typed

    # ── words ──

    def _came(self, frame: pd.DataFrame) -> str:
        came = set(frame.columns)
        missing = [each for each in self._sample.columns if each not in came]
        extra = [each for each in frame.columns if each not in self._names]
        parts = [f"{word} {listed(names)}" for word, names in (("missing:", missing), ("not known:", extra)) if names]
        return f"{frame.shape[1]} columns came" + (f" ({'; '.join(parts)})" if parts else "")

    def _trouble(self, frame: pd.DataFrame | None, error: Exception) -> str:
        """Which column, the wanted type and the first value that has it not."""
        if frame is None:
            return f"{type(error).__name__}: {error}"
        for column in frame.columns:
            wanted = self._types.get(column, np.dtype(object))
            try:
                frame[column].astype(wanted)
            except Exception:  # noqa: BLE001  (whatever it is, this column is the one)
                cell = _bad_value(frame[column], wanted)
                return f"column {column!r} must be {wanted}; {cell}"
        return f"{type(error).__name__}: {error}"


def _bad_value(column: pd.Series[Any], wanted: Any) -> str:
    for number, value in enumerate(column):
        try:
            pd.Series([value]).astype(wanted)
        except Exception:  # noqa: BLE001
            shown = "no value" if value is None or value != value else given(value)
            return f"{shown} came in row {number}"
    return f"{column.dtype} came"


def _dated(name: str) -> bool:
    """The names that read_json takes for dates."""
    low = name.lower()
    return low.endswith(("_at", "_time")) or low in ("modified", "date") or low.startswith(("timestamp", "date"))


def _one_row(names: list[str], orient: str) -> Any:
    return {"columns": names, "data": [[0.5] * len(names)]} if orient == "split" else [dict.fromkeys(names, 0.5)]


def _of_records(value: Any) -> pd.DataFrame | None:
    if not value or type(value) is not list or not all(type(row) is dict for row in value):
        return None
    return pd.DataFrame(value)


def _of_split(value: Any) -> pd.DataFrame | None:
    if type(value) is not dict or not value.keys() <= {"columns", "index", "data"} or not value.get("data"):
        return None
    index = value.get("index")
    if index is not None and not all(type(label) is int for label in index):
        return None
    return pd.DataFrame(value["data"], index=index, columns=value["columns"])


def _certain(column: pd.Series[Any], kind: Any, wanted: Any) -> bool:
    """Whether read_json and a plain constructor agree on this column."""
    have = kind.kind
    if have in _PLAIN:
        return str(kind) != "uint64"
    if have != "O" or wanted.kind != "O" or column.hasnans:
        return False
    return not isinstance(kind, np.dtype) or pd.api.types.infer_dtype(column, skipna=False) == "string"


def _refuse_too_big(column: pd.Series[Any]) -> None:
    """A float that no integer of 64 bits can hold would become nonsense in silence."""
    if (column.abs() >= _TOO_BIG).any():
        raise ValueError(f"column {column.name!r} holds numbers of more than 64 bits")


def _warn_of_fractions(before: pd.Series[Any], after: pd.Series[Any], name: str, notes: Notes) -> None:
    changed = before[before != after]
    if len(changed):
        first = changed.iloc[0]
        notes.warn(
            f"the sample of {name!r} holds {after.dtype} in column {before.name!r}, so fractions were cut off"
            f" ({first} became {int(first)}); declare the sample with floats to keep them"
        )
