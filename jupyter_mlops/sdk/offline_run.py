"""A run that is nowhere: `Run.get_context()` in a script that nobody gave a run to, as Azure ML v1 had it."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from jupyter_mlops.errors import UsageError
from jupyter_mlops.sdk.notices import tell_once
from jupyter_mlops.sdk.run import Run

__all__ = ["OfflineRun"]


class OfflineRun(Run):
    """Prints what is logged, keeps nothing, and says so. What needs a workspace raises `UsageError`."""

    def __init__(self) -> None:
        self._id = f"OfflineRun_{uuid.uuid4()}"
        self._number = 0
        self._outputs = None
        self._metrics: dict[str, list[Any]] = {}
        tell_once(
            "Run.get_context(): no run is going on in this process, so what is logged is printed and not kept "
            '(run = Experiment(Workspace(), "NAME").start_logging() keeps it)',
            key="OfflineRun",
        )

    def __getattr__(self, name: str) -> NoReturn:
        if name == "experiment":
            raise _nowhere("experiment")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def record(self) -> NoReturn:
        """Raises `UsageError`."""
        raise _nowhere("record")

    @property
    def status(self) -> str:
        return "Running"

    def get_metrics(self, name: str | None = None) -> dict[str, Any]:
        """What was logged to this object."""
        return {
            metric: values[0] if len(values) == 1 else list(values)
            for metric, values in self._metrics.items()
            if name in (None, metric)
        }

    def _log(self, name: str, value: Any) -> None:
        self._metrics.setdefault(name, []).append(value)
        print(f"{name}: {value}")

    def set_tags(self, tags: Any) -> None:
        for key, value in tags.items():
            print(f"tag {key}: {value}")

    def add_properties(self, properties: Any) -> None:
        for key, value in properties.items():
            print(f"property {key}: {value}")

    def upload_file(self, name: str, path_or_stream: Any) -> None:
        """Says that the file is not kept."""
        print(f"{name} is not kept: no run is going on")

    def register_model(self, model_name: str, *arguments: Any, **options: Any) -> NoReturn:
        """Raises `UsageError`."""
        raise _nowhere("register_model")

    def _finish(self, status: Any) -> None:
        print(f"run {status.lower()}")

    def __repr__(self) -> str:
        return f"OfflineRun(id={self._id!r})"


def _nowhere(name: str) -> UsageError:
    return UsageError(
        f"no run is going on in this process, and {name} needs one",
        hint='run = Experiment(Workspace(), "NAME").start_logging()',
    )
