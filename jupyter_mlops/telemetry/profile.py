"""What a column of data looks like in a few figures, and how far another one of the same name has moved from it. Pure.

Profiles are small (a column's: some twenty numbers), so that the training sample's can be kept with the model.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from math import isfinite, log, sqrt
from typing import Any

from jupyter_mlops.records import ColumnProfile

__all__ = ["LEAST_ROWS", "MOVED", "SHIFTED", "population_stability", "profile", "profile_column", "shares_in"]

SHIFTED, MOVED = 0.1, 0.25
"""A population stability index below 0.1 says that nothing changed, one above 0.25 that the population is another
(N. Siddiqi, Credit Risk Scorecards, 2006, chapter 6)."""

LEAST_ROWS = 50
"""Of fewer rows the index says little: without any change its expected value is about (bins − 1) · (1/n + 1/m)
(B. Yurdakul, Statistical Properties of Population Stability Index, 2018), 0.18 for ten bins and 50 rows."""

_BINS = 10
_TOP = 10
#: Stands for a share of zero, whose logarithm there is none of.
_FLOOR = 1e-4


def profile(columns: Mapping[str, Sequence[Any]]) -> tuple[ColumnProfile, ...]:
    """Of each column, in their order."""
    return tuple(profile_column(name, values) for name, values in columns.items())


def profile_column(name: str, values: Sequence[Any]) -> ColumnProfile:
    """Of one column. None, NaN and infinities count as missing; booleans and texts are categories.

    A column of numbers has ten bins with the sample's deciles between them (fewer where values repeat).
    """
    present = [value for value in values if _is_there(value)]
    missing = len(values) - len(present)
    if present and all(_is_number(value) for value in present):
        return _of_numbers(name, [float(value) for value in present], missing)
    counts = Counter(_said(value) for value in present)
    shares = {value: number / len(present) for value, number in counts.most_common(_TOP)}
    return ColumnProfile(name=name, count=len(values), missing=missing, top=shares)


def _of_numbers(name: str, values: list[float], missing: int) -> ColumnProfile:
    mean = sum(values) / len(values)
    deviation = sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    ordered = sorted(values)
    edges = sorted({_quantile(ordered, part / _BINS) for part in range(1, _BINS)})
    return ColumnProfile(
        name=name,
        count=len(values) + missing,
        missing=missing,
        mean=mean,
        deviation=deviation,
        least=ordered[0],
        most=ordered[-1],
        edges=tuple(edges),
        shares=shares_in(edges, values),
    )


def _quantile(ordered: Sequence[float], q: float) -> float:
    """Linear between the two nearest values (type 7 of Hyndman and Fan, as numpy's default)."""
    place = q * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def shares_in(edges: Sequence[float], values: Sequence[float]) -> tuple[float, ...]:
    """The share of the values in each bin: below the first edge, between two (the lower one belongs to it), above the
    last. Zeros for no values."""
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[bisect_right(edges, value)] += 1
    return tuple(number / len(values) if values else 0.0 for number in counts)


def population_stability(training: ColumnProfile, values: Sequence[Any]) -> float | None:
    """The population stability index of the values against the training sample's column:
    Σ (aᵢ − eᵢ) · ln(aᵢ / eᵢ) over its bins (or its categories, and one for all others), eᵢ the share of the training
    sample in bin i and aᵢ that of the values; a share of zero counts as 0.0001 (Siddiqi 2006, chapter 6).

    None when either side has fewer than 50 values, or when they are not of one kind.
    """
    present = [value for value in values if _is_there(value)]
    if min(len(present), training.count - training.missing) < LEAST_ROWS:
        return None
    expected: Sequence[float]
    actual: Sequence[float]
    if training.mean is None:
        expected, actual = _categories(training, present)
    elif all(_is_number(value) for value in present):
        expected, actual = training.shares, shares_in(training.edges, [float(value) for value in present])
    else:
        return None
    pairs = ((max(e, _FLOOR), max(a, _FLOOR)) for e, a in zip(expected, actual, strict=True))
    return sum((a - e) * log(a / e) for e, a in pairs)


def _categories(training: ColumnProfile, present: Sequence[Any]) -> tuple[list[float], list[float]]:
    """Shares of the known categories, and of all others together where either side has such."""
    counts = Counter(_said(value) for value in present)
    expected = list(training.top.values())
    actual = [counts[value] / len(present) for value in training.top]
    rest = (max(1 - sum(expected), 0.0), max(1 - sum(actual), 0.0))
    if max(rest) > 1e-9:
        expected, actual = [*expected, rest[0]], [*actual, rest[1]]
    return expected, actual


def _is_there(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and not isfinite(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _said(value: Any) -> str:
    return str(value)[:80]
