"""Models, from registration to deletion, on each database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jupyter_mlops.errors import (
    ConflictError,
    InUseError,
    InvalidNameError,
    NotFoundError,
    StorageError,
    UsageError,
)
from jupyter_mlops.records import CapturedModel, ColumnSpec, ImageManifest, ModelRecord, Signature
from jupyter_mlops.registry import events, images, models
from jupyter_mlops.storage import Store
from jupyter_mlops.storage.local_blobs import LocalBlobs
from tests.fixtures.stores import PROVENANCE

MakeModel = Callable[..., ModelRecord]
MakeManifest = Callable[..., ImageManifest]


def blob_files(store: Store) -> list[Path]:
    assert isinstance(store.blobs, LocalBlobs)
    return [path for path in store.blobs.folder.rglob("*") if path.is_file()]


def test_what_was_registered_comes_back(store: Store, captured: CapturedModel) -> None:
    signature = Signature(
        kind="frame",
        columns=(ColumnSpec("age", "float64"), ColumnSpec("größe", "datetime64[ns]")),
        shape=(None, 2),
        example={"age": [59.0, float("inf")], "nul": "\0", "surrogate": "\ud800"},
    )
    made = models.register(
        store,
        "diabetes",
        replace(captured, signature=signature, requirements=("scikit-learn",), properties={"alpha": "0.1"}),
        description="ridge\nregression 💡",
        version_tag="v1-final",
        tags={"area": "diabetes", "auc": 0.8},
        properties={"seed": "42"},
        run_id="run-1",
        experiment_name="ridge",
        provenance=replace(PROVENANCE, git_commit="abc", git_dirty=True),
    )
    assert made.id == "diabetes:1"
    assert made.size == 7
    assert made.tags == {"area": "diabetes", "auc": "0.8"}
    assert made.properties == {"alpha": "0.1", "seed": "42"}
    assert datetime.now(UTC) - made.created < timedelta(minutes=1)
    assert models.get(store, "diabetes") == made
    assert models.get(store, "diabetes:1") == models.get(store, "diabetes", 1) == made


def test_versions_count_up_and_are_never_used_again(store: Store, make_model: MakeModel) -> None:
    assert [make_model().version, make_model().version, make_model("iris").version] == [1, 2, 1]
    models.delete(store, models.get(store, "diabetes", 2))
    assert models.get(store, "diabetes").version == 1
    models.delete(store, models.get(store, "diabetes", 1))
    assert make_model().version == 3


def test_a_registration_that_is_refused_uses_no_number(store: Store, make_model: MakeModel) -> None:
    with pytest.raises(InvalidNameError):
        make_model("no name")
    with pytest.raises(UsageError):
        make_model(tags={"": "x"})
    assert make_model().version == 1


def test_a_file_that_vanished_is_told(store: Store, captured: CapturedModel) -> None:
    gone = replace(captured, folder=captured.folder + "/nothing.pkl")
    with pytest.raises(UsageError, match=r"nothing\.pkl"):
        models.register(store, "diabetes", gone, provenance=PROVENANCE)
    assert models.names(store) == []


def test_what_is_not_there_names_near_ones(store: Store, make_model: MakeModel) -> None:
    with pytest.raises(NotFoundError, match="no model yet"):
        models.get(store, "diabetes")
    make_model()
    make_model()
    with pytest.raises(NotFoundError, match="did you mean diabetes"):
        models.get(store, "diabets")
    with pytest.raises(NotFoundError, match=r"no version 7 .* there are 1, 2"):
        models.get(store, "diabetes:7")


def test_search_finds_what_meets_every_condition(store: Store, make_model: MakeModel) -> None:
    make_model("a", tags={"area": "x", "final": "yes"}, properties={"seed": "1"})
    make_model("a", tags={"area": "y"}, properties={"seed": "1"}, run_id="run-1")
    make_model("b", tags={"area": "x"})

    def found(**conditions: object) -> list[str]:
        return [model.id for model in models.search(store, **conditions)]  # type: ignore[arg-type]

    assert found() == ["b:1", "a:2", "a:1"]  # newest first
    assert found(name="a") == ["a:2", "a:1"]
    assert found(tags=[["area", "x"]]) == ["b:1", "a:1"]
    assert found(tags=[["area", "x"], "final"]) == ["a:1"]
    assert found(tags=["area"]) == ["b:1", "a:2", "a:1"]
    assert found(tags=[["area", "z"]]) == []
    assert found(properties=[["seed", "1"]], tags=[("area", "y")]) == ["a:2"]
    assert found(properties=["area"]) == []  # a tag is no property
    assert found(run_id="run-1") == ["a:2"]
    assert found(framework="ScikitLearn", limit=1) == ["b:1"]
    assert found(framework="TensorFlow") == []
    assert found(limit=1, offset=1) == ["a:2"]
    assert found(offset=2) == ["a:1"]
    assert found(latest=True) == ["b:1", "a:2"]
    assert found(latest=True, tags=[["area", "x"]]) == ["b:1"]


def test_a_long_value_is_found_whole(store: Store, make_model: MakeModel) -> None:
    long = "x" * 10_000
    made = make_model(tags={"notes": long, "k" * 255: "v"})
    assert models.search(store, tags=[["notes", long]]) == [made]
    assert models.search(store, tags=[["notes", long + "x"]]) == []
    assert models.search(store, tags=[["notes", "x" * 64]]) == []


def test_tags_change_and_properties_are_only_added_to(store: Store, make_model: MakeModel) -> None:
    made = make_model(tags={"a": "1"}, properties={"p": "1"})
    models.add_tags(store, made, {"b": 2})
    models.add_properties(store, made, {"q": "2"})  # with a record that is out of date: nothing is lost
    models.remove_tags(store, made, ["a", "never-there"])
    changed = models.update(store, made, description="better")
    assert (changed.tags, changed.properties, changed.description) == ({"b": "2"}, {"p": "1", "q": "2"}, "better")
    assert models.get(store, "diabetes") == changed
    assert models.search(store, tags=["a"]) == []
    assert models.search(store, tags=[["b", "2"]], properties=["q"]) == [changed]
    assert models.update(store, made, tags={"c": "3"}).tags == {"c": "3"}
    with pytest.raises(ConflictError, match="'p' is '1' and cannot change"):
        models.add_properties(store, made, {"p": "2"})


def test_each_change_is_an_event(store: Store, make_model: MakeModel) -> None:
    made = make_model()
    models.add_tags(store, made, {"a": "1"})
    models.add_tags(store, made, {"a": "1"})  # changes nothing
    models.delete(store, made)
    assert [event.kind for event in events.since(store, 0, subject="model/diabetes:1")] == [
        "registered",
        "updated",
        "deleted",
    ]


def test_files_come_back(store: Store, make_model: MakeModel, captured: CapturedModel, tmp_path: Path) -> None:
    made = make_model()
    assert [entry.path for entry in models.files(store, made).entries] == ["model.pkl"]
    assert models.download(store, made, tmp_path / "down") == tmp_path / "down" / "model.pkl"
    assert (tmp_path / "down" / "model.pkl").read_bytes() == b"weights"

    (Path(captured.folder) / "vocabulary.txt").write_text("words")
    assert models.download(store, make_model(), tmp_path / "both") == tmp_path / "both"
    assert (tmp_path / "both" / "vocabulary.txt").read_text() == "words"


def test_a_corrupt_file_names_the_model(store: Store, make_model: MakeModel, tmp_path: Path) -> None:
    made = make_model()
    for path in blob_files(store):
        if path.stat().st_size == made.size:
            path.write_bytes(b"wei9hts")
    with pytest.raises(StorageError, match=r"diabetes:1.*corrupt"):
        models.download(store, made, tmp_path / "down")
    assert list((tmp_path / "down").iterdir()) == []


def test_delete_removes_what_nobody_else_has(store: Store, make_model: MakeModel, captured: CapturedModel) -> None:
    first = make_model()
    (Path(captured.folder) / "more.bin").write_bytes(b"more")
    second = make_model()
    models.delete(store, second)
    assert {path.name for path in blob_files(store)} == {
        first.digest,
        *(entry.sha256 for entry in models.files(store, first).entries),
    }
    models.delete(store, first)
    assert blob_files(store) == []
    with pytest.raises(NotFoundError):
        models.delete(store, first)


def test_delete_is_refused_naming_the_users(store: Store, make_model: MakeModel, make_manifest: MakeManifest) -> None:
    made = make_model()
    image = images.register(store, "diabetes-image", make_manifest(made), provenance=PROVENANCE)
    assert models.users(store, made) == ["image diabetes-image:1"]
    with pytest.raises(InUseError, match="diabetes:1 is used by image diabetes-image:1") as caught:
        models.delete(store, made)
    assert caught.value.hint == "%delete_image diabetes-image:1 first"
    images.delete(store, image)
    models.delete(store, made)


def test_files_that_are_taken_away_meanwhile_are_put_again(
    store: Store, make_model: MakeModel, captured: CapturedModel
) -> None:
    """Somebody deletes the last model with this file after we found that it is there, before our row is."""
    first = make_model()
    taken: list[int] = []

    put_tree = store.blobs.put_tree

    def put_and_lose(folder: Path, progress: Callable[[int], None] | None = None):  # type: ignore[no-untyped-def]
        tree = put_tree(folder, progress)
        if not taken:
            taken.append(1)
            models.delete(store, first)
        return tree

    store.blobs.put_tree = put_and_lose  # type: ignore[method-assign]
    second = make_model()
    assert second.version == 2
    assert (
        store.blobs.missing([second.digest, *(entry.sha256 for entry in models.files(store, second).entries)]) == set()
    )


def test_progress_is_told_in_bytes(store: Store, make_model: MakeModel) -> None:
    done: list[int] = []
    made = make_model(progress=done.append)
    assert sum(done) == made.size


def test_what_is_done_with_the_new_record_is_part_of_the_registration(store: Store, captured: CapturedModel) -> None:
    """An operation's end is written in the transaction of its model: neither is there without the other."""

    def fail(_record: ModelRecord) -> None:
        raise UsageError("the end could not be written")

    with pytest.raises(UsageError):
        models.register(store, "diabetes", captured, provenance=PROVENANCE, registered=fail)
    assert models.search(store) == []
    seen: list[ModelRecord] = []
    record = models.register(store, "diabetes", captured, provenance=PROVENANCE, registered=seen.append)
    assert (seen, record.version) == ([record], 1)
