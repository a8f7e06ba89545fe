"""A model: what it takes, how it was captured, how it is registered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from jupyter_mlops.records.provenance import Provenance

__all__ = ["CapturedModel", "ColumnProfile", "ColumnSpec", "ModelRecord", "Signature"]


@dataclass(frozen=True)
class ColumnSpec:
    """One column of a frame, or one named field. `dtype` is numpy's name (`float64`, `object`, `datetime64[ns]`).

    `categories` are all values that a `category` column may take, in order (JSON values).
    """

    name: str
    dtype: str
    categories: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """A column of a training sample in figures (`telemetry/profile.py` makes and reads them).

    `count` rows, `missing` of them without a value. Of numbers: mean, standard deviation, least, most, the `edges`
    between bins and the share of the values in each (one more than edges). Of anything else: the `top` values with
    their shares, most frequent first.
    """

    name: str
    count: int
    missing: int = 0
    mean: float | None = None
    deviation: float | None = None
    least: float | None = None
    most: float | None = None
    edges: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    top: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a model was shown by `--sample`.

    `kind` is `frame` (columns), `series`, `array` (dtype and shape, whose first dimension is None: rows) or
    `value` (any other JSON). `example` is the sample's first rows as they go over the wire (JSON values). `profile`
    has the figures of each column, with the model alone: an image's signature has none.
    """

    kind: Literal["frame", "series", "array", "value"]
    columns: tuple[ColumnSpec, ...] = ()
    dtype: str | None = None
    shape: tuple[int | None, ...] = ()
    example: Any = None
    profile: tuple[ColumnProfile, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CapturedModel:
    """A live object, file or folder, written out as files under `folder` and ready to register.

    `requirements` are distribution names (no versions) that loading the model needs.
    """

    folder: str
    flavor: str
    framework: str | None = None
    framework_version: str | None = None
    signature: Signature | None = None
    requirements: tuple[str, ...] = ()
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ModelRecord:
    """`name:version`: immutable files, mutable tags, add-only properties."""

    name: str
    version: int
    digest: str
    """Of its `FileTree`."""
    size: int
    flavor: str
    framework: str | None
    framework_version: str | None
    description: str | None
    version_tag: str | None
    tags: dict[str, str]
    properties: dict[str, str]
    signature: Signature | None
    requirements: tuple[str, ...]
    run_id: str | None
    experiment_name: str | None
    provenance: Provenance
    created: datetime

    @property
    def id(self) -> str:
        """`name:version`, as Azure ML v1 spelled it."""
        return f"{self.name}:{self.version}"
