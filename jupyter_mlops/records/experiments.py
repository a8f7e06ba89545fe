"""Runs, and the experiments that they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from jupyter_mlops.records.files import FileEntry
from jupyter_mlops.records.provenance import Provenance

__all__ = ["ExperimentRecord", "RunRecord"]


@dataclass(frozen=True, kw_only=True)
class ExperimentRecord:
    name: str
    created: datetime


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """`Experiment.start_logging()`. `metrics` maps a name to its values in order; `files` a path to a blob digest."""

    id: str
    experiment: str
    number: int
    status: Literal["Running", "Completed", "Failed", "Canceled"]
    metrics: dict[str, list[Any]]
    tags: dict[str, str]
    properties: dict[str, str]
    files: dict[str, FileEntry]
    provenance: Provenance
    created: datetime
    finished: datetime | None
