"""Experiments and runs: what was logged on the way to a model."""

from __future__ import annotations

import builtins
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from jupyter_mlops.errors import NotFoundError, OperationError, StorageError, UsageError
from jupyter_mlops.records import ExperimentRecord, FileEntry, Provenance, RunRecord
from jupyter_mlops.registry import labels
from jupyter_mlops.registry.names import check_experiment_name, not_found

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = [
    "DERIVED_IMAGE",
    "add_file",
    "add_properties",
    "create",
    "finish_run",
    "get",
    "get_run",
    "list",
    "list_runs",
    "log_metric",
    "name_image",
    "set_tags",
    "start_run",
]

DERIVED_IMAGE = "AzureML.DerivedImageName"
"""The property of a run that names its container image."""


def create(store: Store, name: str) -> ExperimentRecord:
    """The experiment of that name, made when it is not there."""
    check_experiment_name(name)
    with store.transaction():
        there = store.experiments.get(name)
        if there is not None:
            return there
        record = ExperimentRecord(name=name, created=datetime.now(UTC))
        store.experiments.insert(record)
    return record


def get(store: Store, name: str) -> ExperimentRecord:
    """The experiment. Raises `NotFoundError` naming near ones."""
    record = store.experiments.get(name)
    if record is None:
        raise not_found("experiment", name, [each.name for each in store.experiments.all()])
    return record


def list(store: Store) -> builtins.list[ExperimentRecord]:
    """By name."""
    return store.experiments.all()


def start_run(
    store: Store,
    experiment: str,
    *,
    provenance: Provenance,
    tags: Mapping[str, Any] | None = None,
    properties: Mapping[str, Any] | None = None,
) -> RunRecord:
    """The next run of `experiment` (which is made when it is not there), counted from 1."""
    with store.transaction():
        create(store, experiment)
        record = RunRecord(
            id=str(uuid.uuid4()),
            experiment=experiment,
            number=store.counters.next("run", experiment),
            status="Running",
            metrics={},
            tags=labels.checked("tag", tags),
            properties=labels.checked("property", properties),
            files={},
            provenance=provenance,
            created=datetime.now(UTC),
            finished=None,
        )
        store.experiments.insert_run(record)
    return record


def get_run(store: Store, run_id: str) -> RunRecord:
    """The run with its metrics and files. Raises `NotFoundError`."""
    record = store.experiments.get_run(run_id)
    if record is None:
        raise NotFoundError(f"no run {run_id!r}")
    return record


def list_runs(store: Store, experiment: str) -> builtins.list[RunRecord]:
    """Newest first."""
    return store.experiments.runs(experiment)


def log_metric(store: Store, run_id: str, name: str, value: Any) -> None:
    """One more value of the metric: a number, text, a list or a row (a mapping).

    Raises `NotFoundError`, and `UsageError` for what is no JSON value.
    """
    with store.transaction():
        get_run(store, run_id)
        try:
            store.experiments.add_metric(run_id, name, value)
        except TypeError as error:
            raise UsageError(f"the metric {name!r} cannot be logged: {error}") from None


def set_tags(store: Store, run_id: str, tags: Mapping[str, Any]) -> RunRecord:
    """More tags; one that is there takes the new value."""
    more = labels.checked("tag", tags)
    return _changed(store, run_id, lambda now: replace(now, tags={**now.tags, **more}))


def add_properties(store: Store, run_id: str, properties: Mapping[str, Any]) -> RunRecord:
    """More properties. Raises `ConflictError` for one that is there with another value."""
    return _changed(store, run_id, lambda now: replace(now, properties=labels.added(now.properties, properties)))


def name_image(store: Store, run_id: str, image: str) -> RunRecord:
    """Note the container image that was built last for the run, under the property that Azure ML v1 gave it."""
    return _changed(store, run_id, lambda now: replace(now, properties={**now.properties, DERIVED_IMAGE: image}))


def add_file(store: Store, run_id: str, path: str, entry: FileEntry) -> RunRecord:
    """`path` in the run means the blob of `entry` (from `store.blobs.put_file`) from now on.

    Raises `UsageError` for a path that leads out of the run, `StorageError` when the blob is not there.
    """
    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or parts[0] == "/":
        raise UsageError(f"{path!r} is no path inside a run", hint="for example outputs/model.pkl")
    with store.transaction():
        get_run(store, run_id)
        if store.blobs.missing([entry.sha256]):
            raise StorageError("the file was not stored", where=path, hint="upload it again")
        store.experiments.put_file(run_id, str(PurePosixPath(path)), entry)
        record = get_run(store, run_id)
        freed = store.references.drop(f"run/{run_id}")
        kept = {each.sha256 for each in record.files.values()}
        store.references.add(f"run/{run_id}", kept)
    store.free(freed - kept)
    return record


def finish_run(store: Store, run_id: str, status: Literal["Completed", "Failed", "Canceled"]) -> RunRecord:
    """It ended. Ending it twice in the same way changes nothing; in another way raises `OperationError`."""

    def change(now: RunRecord) -> RunRecord:
        if now.status == status:
            return now
        if now.status != "Running":
            raise OperationError(f"the run {run_id} is over: {now.status}")
        return replace(now, status=status, finished=datetime.now(UTC))

    return _changed(store, run_id, change)


def _changed(store: Store, run_id: str, change: Callable[[RunRecord], RunRecord]) -> RunRecord:
    with store.transaction():
        before = get_run(store, run_id)
        after = change(before)
        if after != before:
            store.experiments.save_run(after)
    return after
