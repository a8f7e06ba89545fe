"""A sample that came as JSON (from the sidebar, from a file), as the notebook's variable that it stands for."""

from __future__ import annotations

from typing import Any, Literal

from jupyter_mlops.errors import RequirementError, UsageError

__all__ = ["KINDS", "SampleKind", "sample_of"]

SampleKind = Literal["frame", "array", "value"]
KINDS: tuple[SampleKind, ...] = ("frame", "array", "value")


def sample_of(given: Any, kind: SampleKind | None = None) -> Any:
    """A list of objects (or an object of equally long columns) is a frame, a list of equally long lists an array,
    anything else itself; `kind` says it where that guess is wrong (a `DictVectorizer` takes the objects themselves).

    Raises `UsageError` for a kind that the sample cannot be, `RequirementError` where its package is not installed.
    """
    wanted = kind or _guessed(given)
    if wanted == "value":
        return given
    try:
        return _frame(given) if wanted == "frame" else _array(given)
    except ModuleNotFoundError as error:
        if kind is None:  # no model here was trained on one
            return given
        raise RequirementError(f"a sample as {wanted} needs {error.name}", hint=f"pip install {error.name}") from None
    except (ValueError, TypeError) as error:
        raise UsageError(f"the sample is no {wanted}: {error}", hint="sample_kind: value takes it as it is") from None


def _guessed(given: Any) -> SampleKind:
    if isinstance(given, dict):
        columns = list(given.values())
        lengths = {len(column) if isinstance(column, list) else -1 for column in columns}
        return "frame" if len(lengths) == 1 and lengths.isdisjoint({-1, 0}) else "value"
    if not isinstance(given, list) or not given:
        return "value"
    if all(isinstance(row, dict) and row for row in given):
        return "frame"
    return "array" if _is_regular(given) else "value"


def _is_regular(rows: list[Any]) -> bool:
    """Lists of lists in which all of one depth are equally long, of numbers alone or of texts alone."""
    if not all(isinstance(row, list) for row in rows) or len({len(row) for row in rows}) != 1 or not rows[0]:
        return False
    deeper = [part for row in rows for part in row]
    if any(isinstance(part, list) for part in deeper):
        return _is_regular(deeper)
    return all(isinstance(part, (int, float)) for part in deeper) or all(isinstance(part, str) for part in deeper)


def _frame(given: Any) -> Any:
    import pandas

    return pandas.DataFrame(given)


def _array(given: Any) -> Any:
    import numpy

    return numpy.asarray(given)
