"""`Experiment`: a name for runs."""

from __future__ import annotations

import builtins
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from jupyter_mlops.errors import UnsupportedError
from jupyter_mlops.records import ExperimentRecord
from jupyter_mlops.sdk.filters import Wanted, pairs, text_values
from jupyter_mlops.sdk.listing import line
from jupyter_mlops.sdk.notices import say_once
from jupyter_mlops.sdk.run import Run, run_stack

if TYPE_CHECKING:
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["Experiment", "Run"]


class Experiment:
    """A name for runs; made when it is first used. Raises `InvalidNameError`."""

    def __init__(self, workspace: Workspace, name: str):
        from jupyter_mlops.registry import experiments

        self.workspace = workspace
        self._record: ExperimentRecord = experiments.create(workspace.store, name)

    @classmethod
    def _existing(cls, workspace: Workspace, name: str) -> Self:
        from jupyter_mlops.registry import experiments

        return cls._of(workspace, experiments.get(workspace.store, name))

    @classmethod
    def _of(cls, workspace: Workspace, record: ExperimentRecord) -> Self:
        made = cls.__new__(cls)
        made.workspace, made._record = workspace, record
        return made

    @classmethod
    def list(cls, workspace: Workspace) -> builtins.list[Self]:
        """All of them, by name."""
        from jupyter_mlops.registry import experiments

        return [cls._of(workspace, record) for record in experiments.list(workspace.store)]

    @property
    def name(self) -> str:
        return self._record.name

    def start_logging(
        self,
        outputs: str | os.PathLike[str] | None = None,
        snapshot_directory: str | os.PathLike[str] | None = None,
        display_name: str | None = None,
        *,
        tags: Mapping[str, object] | None = None,
        cell: int | None = None,
    ) -> Run:
        """Start a run in this process; `run.complete()` (or leaving a `with` block) ends it.

        `outputs` is a folder whose files are kept, under `outputs/`, when the run completes. No snapshot is made of
        `snapshot_directory`: the run records the git commit.
        """
        from jupyter_mlops.capture.provenance import provenance
        from jupyter_mlops.registry import experiments

        if snapshot_directory is not None:
            say_once("start_logging: no snapshot is made of snapshot_directory; the run records the git commit")
        record = experiments.start_run(
            self.workspace.store,
            self.name,
            provenance=provenance(cell=cell),
            tags=text_values(tags),
            properties={} if display_name is None else {"display_name": display_name},
        )
        run = Run._of(self, record, Path(outputs) if outputs else None)
        run_stack.append(run)
        return run

    def get_runs(
        self, type: str | None = None, tags: Wanted = None, properties: Wanted = None, include_children: bool = False
    ) -> builtins.list[Run]:
        """Its runs, newest first, that have all the tags and properties asked for."""
        from jupyter_mlops.registry import experiments

        if type is not None or include_children:
            raise UnsupportedError(
                "runs have no types and no children here", hint="leave type and include_children out"
            )
        return [
            Run._of(self, record)
            for record in experiments.list_runs(self.workspace.store, self.name)
            if _has(record.tags, tags) and _has(record.properties, properties)
        ]

    def submit(self, config: object, tags: Mapping[str, object] | None = None, **options: object) -> None:
        """Training on other machines: not served. Raises `UnsupportedError`."""
        raise UnsupportedError(
            "Experiment.submit is not served: nothing is trained on other machines",
            hint="run = experiment.start_logging(); train in the notebook; run.complete()",
        )

    def __repr__(self) -> str:
        return line("Experiment", name=self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Experiment) and (other.workspace, other.name) == (self.workspace, self.name)

    def __hash__(self) -> int:
        return hash(self.name)


def _has(labels: Mapping[str, str], wanted: Wanted) -> bool:
    return all(key in labels and value in (None, labels[key]) for key, value in pairs(wanted))
