"""Requests as JSON values: those that are in order, and those that somebody has been at."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

from hypothesis import strategies as st

__all__ = ["ANYTHING", "VALID", "tampered"]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60)
INT64 = st.integers(-(2**63), 2**63 - 1)
MOMENTS = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)).map(lambda moment: moment.isoformat())

_LEAVES = (
    st.none()
    | st.booleans()
    | FLOATS
    | st.sampled_from([float("nan"), float("inf"), 2**64, -(2**70), 10**400, 1e308, -0.0])
    | TEXT
    | st.sampled_from(["1", "1.5", "true", "nan", "2020-01-01", "1e400", "5 days", "\x00", "{}", "aGk=", "é" * 50])
)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
"""Any JSON, and what Python's `json` takes for it."""


def _rows(row: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(row, min_size=1, max_size=4)


def _record(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(columns)


_RECORD = _record(n=st.integers(-(2**53), 2**53), x=st.floats(-1e9, 1e9), s=TEXT, flag=st.booleans(), day=MOMENTS)

VALID: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "arrays": st.fixed_dictionaries(
        {
            "rows": _rows(st.tuples(FLOATS, FLOATS).map(list)),
            "counts": st.lists(INT64, max_size=4),
            "days": st.lists(MOMENTS, min_size=1, max_size=3),
        }
    ),
    "frames": st.fixed_dictionaries({"table": _rows(_RECORD)}),
    "values": st.fixed_dictionaries(
        {"number": FLOATS, "count": INT64, "word": TEXT, "flag": st.booleans(), "moment": MOMENTS},
        optional={"blob": st.sampled_from(["", "aGk=", "AAAA"]), "many": st.lists(ANYTHING, max_size=3)},
    ),
    "nested": st.fixed_dictionaries(
        {
            "data": _record(
                table=_rows(_record(a=st.integers(-1000, 1000), b=TEXT)),
                rows=_rows(st.tuples(FLOATS, FLOATS).map(list)),
                word=TEXT,
            )
        },
        optional={"several": st.lists(_rows(st.integers(-1000, 1000)), min_size=1, max_size=3)},
    ),
    "defaults": st.fixed_dictionaries(
        {"rows": _rows(st.tuples(FLOATS, FLOATS).map(list))},
        optional={"scale": FLOATS, "names": st.lists(TEXT, max_size=3), "anything": ANYTHING, "not known": ANYTHING},
    ),
}
"""By script."""


@st.composite
def tampered(draw: st.DrawFn, valid: st.SearchStrategy[Any]) -> Any:
    """A valid input in which up to three members are replaced, taken away, doubled or put elsewhere."""
    whole = copy.deepcopy(draw(valid))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(whole))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        change = draw(st.sampled_from(["replace", "replace", "wrap", "remove", "double", "swap"]))
        if change == "remove":
            del holder[key]
        elif change == "double" and isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
        elif change == "wrap":
            holder[key] = [holder[key]]
        elif change == "swap":
            other, there = draw(st.sampled_from(places))
            holder[key] = copy.deepcopy(other[there])
        else:
            holder[key] = draw(ANYTHING)
    return whole


def _places(value: Any) -> Any:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield value, key
        yield from _places(member)
