"""The figures of a training sample, kept with the model: what a service is sent is compared with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jupyter_mlops.records import CapturedModel, Signature

__all__ = ["profiled", "with_profile"]

_MOST_ROWS = 10_000
_MOST_COLUMNS = 200


def profiled(captured: CapturedModel, sample: object) -> CapturedModel:
    """What was captured, its signature with the figures of the sample."""
    return captured if sample is None else replace(captured, signature=with_profile(captured.signature, sample))


def with_profile(signature: Signature | None, sample: object) -> Signature | None:
    """The signature with the figures of each column of a frame or a table of numbers. Of more than 10,000 rows every
    n-th is taken; more than 200 columns (the pixels of an image) say nothing one by one, and have none."""
    if signature is None:
        return None
    from jupyter_mlops.telemetry.profile import profile

    columns = _columns(signature, sample)
    return replace(signature, profile=profile(columns)) if 0 < len(columns) <= _MOST_COLUMNS else signature


def _columns(signature: Signature, sample: Any) -> dict[str, list[Any]]:
    """Each column's values; none for what is no table."""
    if signature.kind == "frame" and len(signature.columns) <= _MOST_COLUMNS:
        few = _few(sample)
        return {column.name: _values(few[label]) for column, label in zip(signature.columns, few.columns, strict=True)}
    if signature.kind == "series":
        return {"0": _values(_few(sample))}
    if signature.kind == "array" and len(signature.shape) == 2 and not signature.columns and hasattr(sample, "tolist"):
        width = signature.shape[1] or 0
        rows = _few(sample).tolist() if width <= _MOST_COLUMNS else []
        return {str(index): [row[index] for row in rows] for index in range(width)} if rows else {}
    return {}


def _few(sample: Any) -> Any:
    return sample[:: max(-(-len(sample) // _MOST_ROWS), 1)]


def _values(column: Any) -> list[Any]:
    """As Python's own; what is missing in pandas' way (NaT, NA) as None."""
    return [None if type(value).__name__ in ("NaTType", "NAType") else value for value in column.to_list()]
