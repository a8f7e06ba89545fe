"""numpy: a JSON array becomes an `ndarray` of the sample's type and shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from jupyter_mlops.scoring.worker.inputs import BadInput
from jupyter_mlops.scoring.worker.notes import Notes
from jupyter_mlops.scoring.worker.schema.words import given

__all__ = ["Arrays", "read_array"]

_UNITS = {
    "years": "Y",
    "months": "M",
    "weeks": "W",
    "days": "D",
    "hours": "h",
    "minutes": "m",
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
    "picoseconds": "ps",
    "femtoseconds": "fs",
    "attoseconds": "as",
}
_TROUBLE = (TypeError, ValueError, OverflowError, KeyError, IndexError, AttributeError)


class Arrays:
    """`sample` shape (any, …): the sizes of all dimensions but the first are wanted, where `enforce_shape`."""

    def __init__(
        self, sample: np.ndarray[Any, Any], enforce_column_type: bool = True, enforce_shape: bool = True
    ) -> None:
        self._dtype = sample.dtype
        self._ndim, self._sizes = sample.ndim, sample.shape[1:]
        self._typed, self._shaped = enforce_column_type, enforce_shape
        self._simple = self._dtype.names is None and self._dtype.kind not in "mM"
        self.exact = not (enforce_column_type and self._dtype.kind in "iuf")
        # A float is read the same whatever stands beside it; of an integer there may be something to say (`Notes`).
        self._joins = enforce_column_type and enforce_shape and self._dtype.kind == "f" and self._ndim > 0

    @property
    def wanted(self) -> str:
        shape = ", ".join(["any", *map(str, self._sizes)]) if self._shaped else "any"
        return f"an array of shape ({shape})" + (f" of {self._dtype}" if self._typed else "")

    def convert(self, value: Any, name: str, notes: Notes) -> Any:
        if type(value) is not list:
            if isinstance(value, np.ndarray):
                return value
            raise BadInput(f"{name!r} must be {self.wanted}; {given(value)} came")
        try:
            array = self._read(value, name, notes)
        except _TROUBLE as error:
            raise BadInput(f"{name!r} must be {self.wanted}; {self._trouble(value, error)}") from error
        if self._shaped and (array.ndim != self._ndim or array.shape[1:] != self._sizes):
            raise BadInput(f"{name!r} must be {self.wanted}; shape {array.shape} came")
        return array

    def convert_together(self, values: list[Any]) -> Any:
        """The rows of all values as one array; None where one of them might not be what is wanted."""
        if not self._joins:
            return None
        rows: list[Any] = []
        for value in values:
            if type(value) is not list or not value:
                return None
            rows += value
        try:
            array = np.array(rows, dtype=self._dtype)
        except _TROUBLE:
            return None
        return array if array.ndim == self._ndim and array.shape[1:] == self._sizes else None

    def _read(self, value: list[Any], name: str, notes: Notes) -> np.ndarray[Any, Any]:
        if not self._typed:
            return np.array(value)
        if not self._simple:
            return read_array(value, self._dtype)
        if self._dtype.kind in "iu":
            return self._integers(value, name, notes)
        return np.array(value, dtype=self._dtype)

    def _integers(self, value: list[Any], name: str, notes: Notes) -> np.ndarray[Any, Any]:
        """As numpy does it, fractions cut off; but said aloud."""
        raw = np.array(value)
        if raw.dtype == self._dtype:
            return raw
        array = np.array(value, dtype=self._dtype)
        if raw.dtype.kind == "f" and (raw != array).any():
            first = raw[raw != array][0]
            notes.warn(
                f"the sample of {name!r} holds {self._dtype}, so the fractions of this request were cut off"
                f" ({first} became {int(first)}); declare the sample with floats to keep them"
            )
        return array

    def _trouble(self, value: list[Any], error: Exception) -> str:
        if self._simple:
            found = _ragged(value) or _bad_cell(value, self._dtype, ())
            if found:
                return found
        return f"{type(error).__name__}: {error}"


def read_array(value: list[Any], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """An array of a structured, datetime or timedelta type."""
    return np.array([_item(each, dtype) for each in value], dtype=dtype)


def _item(value: Any, dtype: np.dtype[Any]) -> Any:
    if dtype.names is not None:
        fields = value if isinstance(value, dict) else dict(zip(dtype.names, value, strict=False))
        return tuple(_item(fields[name], dtype[name]) for name in dtype.names)
    if isinstance(value, list):
        return [_item(each, dtype) for each in value]
    if dtype.kind == "M":
        return _moment(value)
    if dtype.kind == "m":
        return _span(value)
    return value


def _moment(value: Any) -> Any:
    """`2020-01-02T03:04:05.6`, also with the comma that the swagger examples of inference_schema have."""
    if isinstance(value, str):
        value = value.replace(",", ".")
    return np.datetime64(value)


def _span(value: Any) -> Any:
    """`5 days`: a number and numpy's name of a unit."""
    number, _, unit = str(value).partition(" ")
    code = _UNITS.get(unit.strip().lower())
    if code is None:
        raise ValueError(f"{value!r} is no time span; write one as '5 days' ({', '.join(_UNITS)})")
    return np.timedelta64(int(number), code)  # type: ignore[call-overload]


def _ragged(value: list[Any]) -> str | None:
    lengths = [len(row) if isinstance(row, list) else None for row in value]
    for number, length in enumerate(lengths):
        if length != lengths[0]:
            return f"row 0 is {given(value[0])}, but row {number} is {given(value[number])}"
    return None


def _bad_cell(value: Any, dtype: np.dtype[Any], place: tuple[int, ...]) -> str | None:
    if isinstance(value, list):
        return next((bad for n, each in enumerate(value) if (bad := _bad_cell(each, dtype, (*place, n)))), None)
    try:
        np.array(value, dtype=dtype)
    except _TROUBLE:
        return f"{given(value)} came at [{']['.join(map(str, place))}]"
    return None
