"""Requests to an undecorated `run`, checked against what the model was shown by `--sample`.

A value of the wrong type is refused (400), by column, wanted and given. Where columns or dimensions differ, the script
may well make the model's input itself: then there is only a doubt, which becomes the answer if `run` fails. When the
script's own sample request fits the signature, there is nothing to doubt, and those are refused too; when it does not
fit, the script takes something else, and nothing is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jupyter_mlops.scoring.worker.inputs import BadInput, parse_json
from jupyter_mlops.scoring.worker.notes import Notes
from jupyter_mlops.scoring.worker.schema.words import given, listed

__all__ = ["SignatureCheck"]

_KEYS = ("data", "inputs", "input_data", "instances", "dataframe_records")


class SignatureCheck:
    """`signature` is the revision's; `parameter` the name of `run`'s first; `probe` the script's sample request."""

    def __init__(self, signature: dict[str, Any], parameter: str, probe: str | None = None) -> None:
        self._kind = signature.get("kind")
        self._columns = [(each["name"], _Leaf(each)) for each in signature.get("columns") or ()]
        self._leaf = _Leaf({"dtype": signature.get("dtype") or "object"})
        self._depth = len(signature.get("shape") or ())
        self._sizes = list(signature.get("shape") or ())[1:]
        self._keys = (parameter, *_KEYS)
        self._strict = False
        self._place: str | None = None
        self.active = self._kind in ("frame", "array", "series")
        if probe is not None and self.active:
            self._strict = self.active = self._fits(probe.encode())
            self._place = _place(parse_json(probe.encode(), exact=False), self._keys) if self.active else None

    def check(self, body: bytes, notes: Notes) -> None:
        """Raises BadInput for a value that cannot be meant."""
        try:
            value = parse_json(body, exact=False)
        except BadInput as bad:
            notes.doubts.append(str(bad))
            return
        rows = self._rows(value)
        if rows is None:
            self._differ(f"no rows in {given(value)}", notes)
            return
        place = _place(value, self._keys)
        if self._place is not None and place != self._place:
            notes.doubts.append(f"the sample request has its rows {self._place}, this one {place}")
        if self._kind == "frame":
            self._check_frame(rows, notes)
        elif self._kind == "series":
            self._check_cells("values", self._leaf, enumerate(rows))
        else:
            self._check_array(rows, notes)

    def _fits(self, body: bytes) -> bool:
        notes = Notes()
        try:
            self.check(body, notes)
        except BadInput:
            return False
        return not notes.doubts

    def _rows(self, value: Any) -> list[Any] | None:
        if isinstance(value, dict):
            key = _key(value, self._keys)
            found = value[key] if key else None
            if found is None and any(name in value for name, _ in self._columns):
                return [value]
            value = found
        return value if isinstance(value, list) and value else None

    def _differ(self, message: str, notes: Notes) -> None:
        if self._strict:
            raise BadInput(message)
        notes.doubts.append(message)

    # ── frames ──

    def _check_frame(self, rows: list[Any], notes: Notes) -> None:
        names = [name for name, _ in self._columns]
        if all(isinstance(row, dict) for row in rows):
            self._check_names(rows, names, notes)
            for name, leaf in self._columns:
                self._check_cells(
                    f"column {name!r}", leaf, ((n, row[name]) for n, row in enumerate(rows) if name in row)
                )
        elif all(isinstance(row, list) and len(row) == len(names) for row in rows):
            for place, (name, leaf) in enumerate(self._columns):
                self._check_cells(f"column {name!r}", leaf, ((n, row[place]) for n, row in enumerate(rows)))
        else:
            self._differ(f"rows of the columns {listed(names)} are wanted; {given(rows[0])} came", notes)

    def _check_names(self, rows: Sequence[dict[str, Any]], names: Sequence[str], notes: Notes) -> None:
        for number, row in enumerate(rows):
            missing = [name for name in names if name not in row]
            if missing:
                self._differ(f"row {number} lacks the columns {listed(missing)}; it has {listed(row)}", notes)
                return

    def _check_cells(self, what: str, leaf: _Leaf, cells: Iterable[tuple[int, Any]]) -> None:
        for number, value in cells:
            if not leaf.takes(value):
                raise BadInput(f"{what} must be {leaf.wanted}; {given(value)} came in row {number}")

    # ── arrays ──

    def _check_array(self, rows: list[Any], notes: Notes) -> None:
        if self._columns:
            self._check_frame(rows, notes)
            return
        shape = _shape(rows)
        if len(shape) != self._depth or list(shape[1:]) != self._sizes:
            wanted = ", ".join(["any", *map(str, self._sizes)])
            self._differ(f"an array of shape ({wanted}) is wanted; shape {shape} came", notes)
            return
        for number, row in enumerate(rows):
            self._check_leaves(row, number)

    def _check_leaves(self, value: Any, row: int) -> None:
        if isinstance(value, list):
            for each in value:
                self._check_leaves(each, row)
        elif not self._leaf.takes(value):
            raise BadInput(f"the array must be of {self._leaf.wanted}; {given(value)} came in row {row}")


class _Leaf:
    """One value of a numpy type: `takes` says whether a JSON value can be it."""

    def __init__(self, column: dict[str, Any]) -> None:
        dtype = str(column["dtype"])
        self._categories = set(map(repr, column.get("categories") or ()))
        self.takes: Callable[[Any], bool] = _TAKERS.get(_family(dtype), _anything)
        self.wanted = dtype
        if self._categories:
            self.takes = self._in_categories
            self.wanted = f"one of {listed(column['categories'])}"

    def _in_categories(self, value: Any) -> bool:
        return value is None or repr(value) in self._categories


def _family(dtype: str) -> str:
    low = dtype.lower()
    if low.startswith(("int", "uint")):
        return "nullable integer" if dtype[0] in "IU" else "integer"
    return next((name for name in ("float", "bool", "datetime", "timedelta", "str") if low.startswith(name)), "object")


def _integer(value: Any) -> bool:
    return (type(value) is int) or (type(value) is float and value.is_integer())


def _number(value: Any) -> bool:
    return value is None or type(value) in (int, float)


def _anything(value: Any) -> bool:  # noqa: ARG001  (one of the takers)
    return True


_TAKERS: dict[str, Callable[[Any], bool]] = {
    "integer": _integer,
    "nullable integer": lambda value: value is None or _integer(value),
    "float": _number,
    "bool": lambda value: type(value) is bool or value in (0, 1),
    "datetime": lambda value: value is None or isinstance(value, str | int),
    "timedelta": lambda value: value is None or isinstance(value, str | int | float),
    "str": lambda value: value is None or isinstance(value, str),
}


def _key(value: dict[str, Any], keys: Sequence[str]) -> str:
    """The member that holds the rows; empty: none does."""
    return next((key for key in keys if isinstance(value.get(key), list)), "")


def _place(value: Any, keys: Sequence[str]) -> str:
    """Where the rows stand in a request, in words."""
    if isinstance(value, list):
        return "as the whole of it"
    key = _key(value, keys)
    return f"in {key!r}" if key else "as the one object that it is"


def _shape(value: Any) -> tuple[int, ...]:
    """Of nested lists; a dimension whose lists differ in length ends it."""
    if not isinstance(value, list):
        return ()
    inner = {_shape(each) for each in value}
    return (len(value), *inner.pop()) if len(inner) == 1 else (len(value),)
