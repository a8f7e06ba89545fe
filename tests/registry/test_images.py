"""Images: a frozen manifest by name and version, on each database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text

from jupyter_mlops.errors import InUseError, NotFoundError, StorageError, UnreadableError
from jupyter_mlops.records import ImageManifest, ModelRecord, ServiceOptions, ServiceRecord
from jupyter_mlops.registry import events, images, locks, models, services
from jupyter_mlops.storage import Store
from jupyter_mlops.views.images import images_table
from tests.fixtures.stores import PROVENANCE

MakeModel = Callable[..., ModelRecord]
MakeManifest = Callable[..., ImageManifest]


def test_what_was_registered_comes_back(store: Store, make_model: MakeModel, make_manifest: MakeManifest) -> None:
    manifest = replace(make_manifest(make_model()), sample_input='{"data": [[1]]}', sample_output=[1.5, None])
    made = images.register(
        store, "diabetes", manifest, description="first", tags={"a": 1}, operation="op", provenance=PROVENANCE
    )
    assert made.id == "diabetes:1"
    assert made.digest == manifest.digest
    assert images.get(store, "diabetes") == images.get(store, "diabetes:1") == made
    assert json.loads(store.blobs.get_bytes(made.digest)) == json.loads(json.dumps(manifest.document()))
    assert [event.kind for event in events.since(store, 0, subject="image/diabetes:1")] == ["registered"]


def test_a_build_that_is_resumed_makes_no_second_image(
    store: Store, make_model: MakeModel, make_manifest: MakeManifest
) -> None:
    manifest, other = make_manifest(make_model()), make_manifest(make_model())
    first = images.register(store, "diabetes", manifest, provenance=PROVENANCE)
    assert images.register(store, "diabetes", manifest, provenance=PROVENANCE) == first
    assert images.register(store, "diabetes", other, provenance=PROVENANCE).version == 2
    assert images.register(store, "diabetes", manifest, provenance=PROVENANCE).version == 3  # wanted again
    assert images.register(store, "other", manifest, provenance=PROVENANCE).version == 1


def test_an_image_of_what_is_gone_is_refused(store: Store, make_model: MakeModel, make_manifest: MakeManifest) -> None:
    model = make_model()
    manifest = make_manifest(model)
    for part, lacking in (
        ("model", replace(manifest, models=(replace(manifest.models[0], version=9),))),
        ("script", replace(manifest, script=replace(manifest.script, digest="0" * 64))),
        ("lock", replace(manifest, lock="0" * 64)),
    ):
        with pytest.raises(NotFoundError, match=part):
            images.register(store, "diabetes", lacking, provenance=PROVENANCE)
    assert images.names(store) == []


def test_search(store: Store, make_model: MakeModel, make_manifest: MakeManifest) -> None:
    one, two, other = make_model(), make_model(), make_model("iris")
    images.register(store, "a", make_manifest(one), tags={"stage": "test"}, provenance=PROVENANCE)
    images.register(store, "a", make_manifest(two, other), properties={"seed": "1"}, provenance=PROVENANCE)
    images.register(store, "b", make_manifest(other), tags={"stage": "test"}, provenance=PROVENANCE)

    def found(**conditions: object) -> list[str]:
        return [image.id for image in images.search(store, **conditions)]  # type: ignore[arg-type]

    assert found() == ["b:1", "a:2", "a:1"]
    assert found(name="a") == ["a:2", "a:1"]
    assert found(model_name="diabetes") == ["a:2", "a:1"]
    assert found(model_id="diabetes:1") == ["a:1"]
    assert found(model_id="iris:1", name="a") == ["a:2"]
    assert found(tags=[["stage", "test"]], model_name="iris") == ["b:1"]
    assert found(properties=["seed"]) == ["a:2"]
    assert found(model_name="nothing") == []


def test_labels_change(store: Store, make_model: MakeModel, make_manifest: MakeManifest) -> None:
    made = images.register(store, "diabetes", make_manifest(make_model()), tags={"a": "1"}, provenance=PROVENANCE)
    images.add_tags(store, made, {"b": "2"})
    images.remove_tags(store, made, ["a"])
    images.add_properties(store, made, {"p": "1"})
    changed = images.update(store, made, description="better")
    assert (changed.tags, changed.properties, changed.description) == ({"b": "2"}, {"p": "1"}, "better")
    assert images.search(store, tags=["b"], properties=["p"]) == [changed]


def test_delete(store: Store, make_model: MakeModel, make_manifest: MakeManifest) -> None:
    model = make_model()
    first = images.register(store, "diabetes", make_manifest(model), provenance=PROVENANCE)
    images.delete(store, first)
    with pytest.raises(NotFoundError):
        images.delete(store, first)
    with pytest.raises(StorageError, match="gone"):
        store.blobs.get_bytes(first.digest)
    assert locks.get(store, first.manifest.lock)  # young: another build may be about to use it
    assert images.register(store, "diabetes", first.manifest, provenance=PROVENANCE).version == 2
    assert models.users(store, model) == ["image diabetes:2"]


def test_delete_is_refused_naming_the_services(
    store: Store, make_model: MakeModel, make_manifest: MakeManifest, make_service: Callable[..., ServiceRecord]
) -> None:
    old = images.register(store, "diabetes", make_manifest(make_model()), provenance=PROVENANCE)
    new = images.register(store, "diabetes", make_manifest(make_model()), provenance=PROVENANCE)
    make_service("diabetes-service")
    for image in (old, new):
        services.add_revision(store, "diabetes-service", image.id, ServiceOptions(), PROVENANCE)
    services.set_desired(store, "diabetes-service", 2)
    for image in (old, new):  # the old one, too: a roll-back needs it
        with pytest.raises(InUseError, match=f"{image.id} is used by service diabetes-service"):
            images.delete(store, image)
    services.delete(store, "diabetes-service")
    images.delete(store, old)


def test_one_that_another_version_wrote_hides_no_other_and_is_told_in_one_line(
    store: Store, make_model: MakeModel, make_manifest: MakeManifest
) -> None:
    for name in ("fine", "newer"):
        images.register(store, name, make_manifest(make_model()), tags={"for": name}, provenance=PROVENANCE)
    with store._database.writing() as connection:
        connection.execute(text("UPDATE images SET manifest = '{\"format\": 99}' WHERE name = 'newer'"))
    found = images.search(store)
    assert [(image.id, image.tags) for image in found] == [("newer:1", {"for": "newer"}), ("fine:1", {"for": "fine"})]
    shown = str(images_table(found).text())
    assert "fine:1" in shown
    assert "cannot read the image newer:1" in shown
    for refused in (lambda: found[0].manifest, lambda: images.delete(store, found[0]),
                    lambda: images.add_tags(store, found[0], {"a": 1})):  # fmt: skip
        with pytest.raises(UnreadableError, match=r"cannot read the image newer:1 \(KeyError: 'models'\)"):
            refused()
    assert [image.id for image in images.search(store)] == ["newer:1", "fine:1"], "nothing was half done"
    again = images.register(store, "newer", found[1].manifest, provenance=PROVENANCE)
    assert again.id == "newer:2", "its name goes on"
