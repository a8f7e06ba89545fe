"""`azureml.monitoring.ModelDataCollector`: inputs and predictions, kept as CSV in the service's `collect` folder.

    <collect>/<model_name>/<designation>/<year>/<month>/<day>/<pid>.csv     in containers <replica>-<pid>.csv

First columns `$Timestamp` (UTC, ISO 8601), `$CorrelationId`, `$Service`, `$Revision`, then the features. Files of other
columns get a number: `<pid>-2.csv`. Rows of probe requests are left out.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.scoring.worker.current import CONTEXT
from jupyter_mlops.scoring.worker.encode import plain
from jupyter_mlops.scoring.worker.script import COLLECT

__all__ = ["ModelDataCollector"]

_KEYS = ("$Timestamp", "$CorrelationId", "$Service", "$Revision")


class ModelDataCollector:
    """Collects rows under a designation (`inputs`, `predictions`, …; `identifier` is its older name)."""

    def __init__(
        self,
        model_name: str,
        designation: str | None = None,
        feature_names: Sequence[str] | None = None,
        workspace: str = "default",
        webservice_name: str = "default",
        model_version: str = "default",
        sample_weight: str | None = None,
        identifier: str | None = None,
        **ignored: Any,
    ) -> None:
        self.model_name = model_name
        self.designation = designation or identifier or "default"
        self.feature_names = list(feature_names) if feature_names is not None else None
        self._writing = threading.Lock()

    def collect(self, input_data: Any, user_correlation_id: str = "") -> tuple[bool, str]:
        """Keep the rows of a frame, an array, or a list. Returns (kept, correlation id)."""
        identity = user_correlation_id or str(uuid.uuid4())
        folder = os.environ.get(COLLECT)
        if not folder or CONTEXT.probe:
            return False, identity
        names, rows = _table(input_data, self.feature_names)
        now = dt.datetime.now(dt.timezone.utc)  # noqa: UP017  (Python 3.10)
        keys = [
            now.isoformat(timespec="milliseconds"),
            identity,
            os.environ.get("SERVICE_NAME", ""),
            os.environ.get("SERVICE_VERSION", ""),
        ]
        with self._writing:
            path = _file_for(Path(folder) / _safe(self.model_name) / _safe(self.designation) / f"{now:%Y/%m/%d}", names)
            with path.open("a", encoding="utf-8", newline="") as file:
                file.write(_lines([[*keys, *row] for row in rows]))
        return True, identity

    def add_correlations(self, base: Any, **ignored: Any) -> Any:
        """The data as it is: correlation ids are put in by `collect`."""
        return base


def _table(data: Any, given: list[str] | None) -> tuple[list[str], list[list[Any]]]:
    if hasattr(data, "columns"):
        return [str(name) for name in data.columns], data.to_numpy().tolist()
    if hasattr(data, "tolist"):
        data = data.tolist()
    if isinstance(data, dict):
        return [str(name) for name in data], [list(data.values())]
    if not isinstance(data, list | tuple):
        data = [data]
    rows = [list(row) if isinstance(row, list | tuple) else [row] for row in data]
    width = max(map(len, rows), default=0)
    names = given if given is not None and len(given) == width else [f"f{number}" for number in range(width)]
    return [str(name) for name in names], rows


def _file_for(folder: Path, names: list[str]) -> Path:
    """The file of this process whose header is these columns; made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    header = _lines([[*_KEYS, *names]])
    replica = os.environ.get("JUPYTER_MLOPS_REPLICA")
    name = f"{replica}-{os.getpid()}" if replica else str(os.getpid())
    number = 1
    while True:
        path = folder / (f"{name}.csv" if number == 1 else f"{name}-{number}.csv")
        if not path.exists():
            path.write_text(header, encoding="utf-8", newline="")
            return path
        with path.open(encoding="utf-8", newline="") as file:
            if file.readline() == header:
                return path
        number += 1


def _lines(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    try:
        return plain(value)
    except TypeError:
        return str(value)


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name).lstrip(".") or "_"
