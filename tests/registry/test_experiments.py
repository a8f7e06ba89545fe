"""Experiments and runs, on each database."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from jupyter_mlops.errors import (
    ConflictError,
    InvalidNameError,
    NotFoundError,
    OperationError,
    StorageError,
    UsageError,
)
from jupyter_mlops.records import FileEntry
from jupyter_mlops.registry import experiments
from jupyter_mlops.storage import Store
from tests.fixtures.stores import PROVENANCE


def test_runs_are_numbered(store: Store) -> None:
    first = experiments.start_run(store, "ridge", provenance=PROVENANCE, tags={"n": 1})
    second = experiments.start_run(store, "ridge", provenance=PROVENANCE)
    assert (first.number, second.number, first.status, first.tags) == (1, 2, "Running", {"n": "1"})
    assert experiments.list_runs(store, "ridge") == [second, first]
    assert experiments.create(store, "ridge") == experiments.get(store, "ridge")
    assert [each.name for each in experiments.list(store)] == ["ridge"]
    with pytest.raises(NotFoundError, match="did you mean ridge"):
        experiments.get(store, "rigde")
    with pytest.raises(InvalidNameError):
        experiments.create(store, "no name")
    with pytest.raises(NotFoundError):
        experiments.get_run(store, "nothing")


def test_metrics_are_kept_in_order(store: Store) -> None:
    run = experiments.start_run(store, "ridge", provenance=PROVENANCE)
    for value in (1, 0.5, np.float64(0.25), math.nan):
        experiments.log_metric(store, run.id, "loss", value)
    experiments.log_metric(store, run.id, "curve", [1, 2])
    experiments.log_metric(store, run.id, "row", {"alpha": 0.1, "array": np.arange(2)})
    metrics = experiments.get_run(store, run.id).metrics
    assert metrics["loss"][:3] == [1, 0.5, 0.25]
    assert math.isnan(metrics["loss"][3])
    assert metrics["curve"] == [[1, 2]]
    assert metrics["row"] == [{"alpha": 0.1, "array": [0, 1]}]
    with pytest.raises(UsageError, match="cannot be logged"):
        experiments.log_metric(store, run.id, "loss", object())


def test_files_are_kept_and_replaced(store: Store, tmp_path: Path) -> None:
    run = experiments.start_run(store, "ridge", provenance=PROVENANCE)
    (tmp_path / "model.pkl").write_bytes(b"first")
    old = store.blobs.put_file(tmp_path / "model.pkl")
    experiments.add_file(store, run.id, "outputs/model.pkl", old)
    (tmp_path / "model.pkl").write_bytes(b"second")
    new = store.blobs.put_file(tmp_path / "model.pkl")
    kept = experiments.add_file(store, run.id, "outputs/model.pkl", new)
    assert kept.files == {"outputs/model.pkl": FileEntry("outputs/model.pkl", 6, new.sha256)}
    assert not store.blobs.exists(old.sha256)
    with pytest.raises(UsageError, match="no path inside a run"):
        experiments.add_file(store, run.id, "../model.pkl", new)
    with pytest.raises(StorageError, match="not stored"):
        experiments.add_file(store, run.id, "model.pkl", FileEntry("model.pkl", 1, "0" * 64))


def test_a_run_ends_once(store: Store) -> None:
    run = experiments.start_run(store, "ridge", provenance=PROVENANCE, properties={"p": "1"})
    assert experiments.set_tags(store, run.id, {"a": 1}).tags == {"a": "1"}
    assert experiments.add_properties(store, run.id, {"q": "2"}).properties == {"p": "1", "q": "2"}
    with pytest.raises(ConflictError):
        experiments.add_properties(store, run.id, {"p": "2"})
    done = experiments.finish_run(store, run.id, "Completed")
    assert done.finished is not None
    assert experiments.finish_run(store, run.id, "Completed") == done
    with pytest.raises(OperationError, match="is over: Completed"):
        experiments.finish_run(store, run.id, "Failed")
