"""Services and their revisions, on each database."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_mlops.errors import ConflictError, InUseError, InvalidNameError, NameTakenError, NotFoundError, UsageError
from jupyter_mlops.records import ImageManifest, ModelRecord, ServiceOptions, ServiceRecord
from jupyter_mlops.registry import events, images, models, services, targets
from jupyter_mlops.storage import Store
from tests.fixtures.stores import PROVENANCE

MakeService = Callable[..., ServiceRecord]


@pytest.fixture
def two_images(
    store: Store, make_model: Callable[..., ModelRecord], make_manifest: Callable[..., ImageManifest]
) -> list[str]:
    """`diabetes:1` with the model `diabetes:1`, `diabetes:2` with `diabetes:2`."""
    made = [make_manifest(make_model()), make_manifest(make_model())]
    return [images.register(store, "diabetes", manifest, provenance=PROVENANCE).id for manifest in made]


def test_a_service_comes_back(store: Store, make_service: MakeService) -> None:
    made = make_service("diabetes-service", tags={"n": 1}, description="first")
    assert made.tags == {"n": "1"}
    assert services.get(store, "diabetes-service") == made
    with pytest.raises(NotFoundError, match="did you mean diabetes-service"):
        services.get(store, "diabetes-servce")


def test_a_name_is_taken_or_no_name(make_service: MakeService) -> None:
    make_service("diabetes-service")
    with pytest.raises(NameTakenError, match="%update_service diabetes-service"):
        make_service("diabetes-service")
    with pytest.raises(InvalidNameError):
        make_service("No")


def test_revisions_count_up_and_never_change(store: Store, make_service: MakeService, two_images: list[str]) -> None:
    make_service("one-service")
    make_service("two-service")
    options = ServiceOptions(port=8890, workers=2, cors_origins=("*",), environment_variables={"A": "b"})
    first = services.add_revision(store, "one-service", two_images[0], options, PROVENANCE)
    second = services.add_revision(store, "one-service", two_images[1], ServiceOptions(), PROVENANCE)
    other = services.add_revision(store, "two-service", two_images[1], ServiceOptions(), PROVENANCE)
    assert [first.number, second.number, other.number] == [1, 2, 1]
    assert services.revisions(store, "one-service") == [first, second]
    assert services.revision(store, "one-service", 1).options == options
    assert services.get(store, "one-service").revision is None  # until one was ready
    with pytest.raises(NotFoundError, match=r"no revision 3 .* there is 1, 2"):
        services.revision(store, "one-service", 3)


def test_a_revision_of_what_is_not_there_is_refused(store: Store, make_service: MakeService) -> None:
    make_service("one-service")
    with pytest.raises(NotFoundError, match="no image"):
        services.add_revision(store, "one-service", "diabetes:1", ServiceOptions(), PROVENANCE)
    with pytest.raises(NotFoundError, match="no service"):
        services.add_revision(store, "two-service", "diabetes:1", ServiceOptions(), PROVENANCE)
    with pytest.raises(UsageError, match="no name:version"):
        services.add_revision(store, "one-service", "diabetes", ServiceOptions(), PROVENANCE)
    with pytest.raises(NotFoundError):
        services.set_desired(store, "one-service", 1)


def test_an_update_and_a_roll_back_are_events(store: Store, make_service: MakeService, two_images: list[str]) -> None:
    make_service("one-service")
    for image in two_images:
        number = services.add_revision(store, "one-service", image, ServiceOptions(), PROVENANCE).number
        services.set_desired(store, "one-service", number)
    assert services.set_desired(store, "one-service", 1).revision == 1
    said = [event.message for event in events.since(store, 0, subject="service/one-service")]
    assert said[1:] == [
        "revision 1 of diabetes:1",
        "revision 1",
        "revision 2 of diabetes:2",
        "revision 1 → 2",
        "revision 2 → 1",
    ]


def test_search_looks_at_the_revision_that_is_wanted(
    store: Store, make_service: MakeService, two_images: list[str]
) -> None:
    make_service("one-service", tags={"stage": "test"})
    make_service("two-service", target="docker", properties={"seed": "1"})
    for image in two_images:
        services.add_revision(store, "one-service", image, ServiceOptions(), PROVENANCE)

    def found(**conditions: object) -> list[str]:
        return [service.name for service in services.search(store, **conditions)]  # type: ignore[arg-type]

    assert found() == ["two-service", "one-service"]
    assert found(name="one-service") == ["one-service"]
    assert found(target="docker") == ["two-service"]
    assert found(tags=[["stage", "test"]]) == ["one-service"]
    assert found(properties=["seed"]) == ["two-service"]
    assert found(model_name="diabetes") == found(image_name="diabetes") == ["one-service"]
    assert found(model_id="diabetes:2") == ["one-service"]  # the newest, while none was ready
    services.set_desired(store, "one-service", 1)
    assert found(model_id="diabetes:2") == found(image_id="diabetes:2") == []
    assert found(model_id="diabetes:1") == found(image_id="diabetes:1") == ["one-service"]


def test_labels_change(store: Store, make_service: MakeService) -> None:
    made = make_service("one-service", tags={"a": "1"})
    services.add_tags(store, "one-service", {"b": "2"})
    services.remove_tags(store, "one-service", ["a"])
    services.add_properties(store, "one-service", {"p": "1"})
    changed = services.update(store, "one-service", description="better", interpreter="/opt/python")
    assert (changed.tags, changed.properties, changed.description) == ({"b": "2"}, {"p": "1"}, "better")
    assert changed.interpreter == "/opt/python"
    assert changed.updated > made.updated
    assert services.search(store, tags=["b"]) == [changed]
    with pytest.raises(ConflictError):
        services.add_properties(store, "one-service", {"p": "2"})


def test_a_model_of_a_service_cannot_be_deleted(store: Store, make_service: MakeService, two_images: list[str]) -> None:
    make_service("one-service")
    services.add_revision(store, "one-service", two_images[0], ServiceOptions(), PROVENANCE)
    model = models.get(store, "diabetes:1")
    assert models.users(store, model) == ["image diabetes:1", "service one-service"]
    with pytest.raises(InUseError, match="image diabetes:1, service one-service"):
        models.delete(store, model)


def test_delete_forgets_everything(store: Store, make_service: MakeService, two_images: list[str]) -> None:
    make_service("one-service")
    services.add_revision(store, "one-service", two_images[0], ServiceOptions(), PROVENANCE)
    services.delete(store, "one-service")
    with pytest.raises(NotFoundError):
        services.delete(store, "one-service")
    with pytest.raises(NotFoundError):
        services.revisions(store, "one-service")
    make_service("one-service")
    assert services.revisions(store, "one-service") == []
    assert services.add_revision(store, "one-service", two_images[0], ServiceOptions(), PROVENANCE).number == 1


def test_targets(store: Store, make_service: MakeService) -> None:
    made = targets.attach(store, "cluster", "kubernetes", {"context": "dev"})
    assert targets.attach(store, "cluster", "kubernetes", {"context": "dev"}) == made
    with pytest.raises(NameTakenError):
        targets.attach(store, "cluster", "docker", {})
    targets.attach(store, "box", "docker", {})
    assert [target.name for target in targets.search(store)] == ["box", "cluster"]
    assert targets.search(store, kind="kubernetes") == [targets.get(store, "cluster")] == [made]
    make_service("one-service", target="kubernetes", target_name="cluster")
    with pytest.raises(InUseError, match="service one-service"):
        targets.detach(store, "cluster")
    targets.detach(store, "box")
    with pytest.raises(NotFoundError, match="there is cluster"):
        targets.get(store, "box")
