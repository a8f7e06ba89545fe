"""The whole path on this machine: a real model, a real runner, a real service, real HTTP."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from sqlalchemy import text

from jupyter_mlops.errors import BusyError, ConflictError, MlopsError, NameTakenError, NotFoundError, UnsupportedError
from jupyter_mlops.operations import containers, follow, plan, secrets, targets, verbs
from jupyter_mlops.operations.deployment import ImageParts
from jupyter_mlops.operations.work import STAGES
from jupyter_mlops.records import ManifestBase, ServiceOptions
from jupyter_mlops.registry import events, images, models, operations, services
from jupyter_mlops.services.process.machine import MachineFolder
from tests.operations.conftest import ORIGIN, ROWS, House

pytestmark = pytest.mark.slow

RAISES = """
def init():
    raise ValueError("no weights")

def run(data):
    return data
"""

HANGS = """
import time

def init():
    time.sleep(600)

def run(data):
    return data
"""


def test_deploy_update_roll_back_delete(house: House) -> None:
    first = house.model(slope=1)
    done = house.deploy(house.parts(first))
    assert done.result["revision"] == 1
    assert house.ask() == pytest.approx((ROWS @ [1, 1]).tolist())
    told = [event.message for event in events.since(house.store, 0, subject=f"operation/{done.id}")]
    assert all(stage in told for stage in STAGES["deploy"]), told

    second = house.model(slope=2)
    changed = verbs.update(house.store, "linear", models=(second.id,), provenance=ORIGIN)
    assert follow.wait(house.store, changed.id).result["image"] == "linear:2"
    assert house.ask() == pytest.approx((ROWS @ [2, 1]).tolist())
    assert images.get(house.store, "linear:2").operation == changed.id, "its log is the build log"

    back = verbs.update(house.store, "linear", revision=1, provenance=ORIGIN)
    assert follow.wait(house.store, back.id).result["revision"] == 1
    assert house.ask() == pytest.approx((ROWS @ [1, 1]).tolist())
    assert services.get(house.store, "linear").revision == 1

    gone = verbs.delete_service(house.store, "linear")
    follow.wait(house.store, gone.id)
    assert services.search(house.store) == []
    assert targets.target_of_kind(house.store, "process").names() == []
    with pytest.raises(NotFoundError):
        services.get(house.store, "linear")
    assert images.search(house.store) == [], "what was made on the way goes with it"
    models.delete(house.store, first)


def test_what_was_laid_out_for_a_service_stays_for_the_next_when_its_cache_is_kept(house: House) -> None:
    machine, parts = MachineFolder(house.store.id), house.parts(house.model())
    house.deploy(parts)
    (laid_out,) = (path for path in machine.images.iterdir() if not path.name.startswith("."))
    inode = laid_out.stat().st_ino
    follow.wait(house.store, verbs.delete_service(house.store, "linear", delete_cache=False).id)
    assert laid_out.is_dir()
    house.deploy(parts)
    assert laid_out.stat().st_ino == inode, "it was found again"
    assert house.ask() == pytest.approx((ROWS @ [1, 1]).tolist())
    follow.wait(house.store, verbs.delete_service(house.store, "linear").id)
    assert not laid_out.exists()


def test_a_login_stays_while_an_image_that_cannot_be_read_may_need_it(house: House) -> None:
    base = ManifestBase(reference="registry.example.org/team/base:1")
    build(house, replace(house.parts(house.model()), base=base))
    build(house, replace(house.parts(house.model(slope=2)), base=base))
    secrets.keep_login(house.store.id, "registry.example.org", "ada", "s3cret")
    newest, first = images.search(house.store)
    with house.store._database.writing() as connection:
        connection.execute(text("UPDATE images SET manifest = '{}' WHERE version = 1"))
    images.delete(house.store, newest)
    containers.forget_login(house.store, newest)
    assert secrets.login(house.store.id, "registry.example.org") == ("ada", "s3cret")
    images.delete(house.store, first)
    containers.forget_login(house.store, newest)
    assert secrets.login(house.store.id, "registry.example.org") is None


def test_a_service_whose_image_another_version_wrote_is_deleted_and_what_is_left_is_said(house: House) -> None:
    house.deploy(house.parts(house.model()))
    with house.store._database.writing() as connection:
        connection.execute(text("UPDATE images SET manifest = '{\"format\": 99}'"))
    gone = follow.wait(house.store, verbs.delete_service(house.store, "linear").id)
    assert services.search(house.store) == []
    assert targets.target_of_kind(house.store, "process").names() == []
    told = [event.message for event in events.since(house.store, 0, subject=f"operation/{gone.id}")]
    (left,) = [line for line in told if "linear:1" in line]
    assert left.startswith("image linear:1 stays: ")
    assert "cannot read" in left
    assert [image.id for image in images.search(house.store)] == ["linear:1"]


def test_an_image_that_was_built_by_name_outlives_its_services(house: House) -> None:
    begun = verbs.build_image(
        house.store, "frozen", house.parts(house.model()), interpreter=sys.executable, provenance=ORIGIN
    )
    follow.wait(house.store, begun.id, timeout=60)
    deployed = verbs.deploy(house.store, house.request(house.parts(house.model())).of_image("frozen:1"))
    follow.wait(house.store, deployed.id, timeout=60)
    follow.wait(house.store, verbs.delete_service(house.store, "linear").id)
    assert [image.id for image in images.search(house.store)] == ["frozen:1"]


def test_a_name_that_is_taken_is_an_update_when_asked(house: House) -> None:
    parts = house.parts(house.model(slope=1))
    house.deploy(parts)
    with pytest.raises(NameTakenError, match="%update_service linear"):
        house.deploy(parts)
    assert house.deploy(house.parts(house.model(slope=3)), overwrite=True).kind == "update"
    assert house.ask() == pytest.approx((ROWS @ [3, 1]).tolist())


def test_a_script_that_fails_leaves_the_old_revision_and_the_name_of_a_new_service_free(house: House) -> None:
    model = house.model()
    good, bad = house.parts(model), house.written(RAISES, model)
    with pytest.raises(MlopsError, match="no weights"):
        house.deploy(bad)
    service = services.get(house.store, "linear")
    status = targets.target_for(house.store, service).status("linear")
    assert (service.revision, status.state) == (None, "Failed")
    assert "never came up" in plan.plan_deploy(house.store, house.request(good)).lines[-1]
    assert "no weights" in (status.details or "") + (status.error or "")

    house.deploy(good)
    with pytest.raises(MlopsError, match="no weights"):
        house.deploy(bad, overwrite=True)
    assert house.ask() == pytest.approx((ROWS @ [1, 1]).tolist())


def test_cancel_stops_the_runner_and_what_it_started(house: House) -> None:
    begun = verbs.deploy(house.store, house.request(house.written(HANGS, house.model())))
    for event in follow.follow(house.store, begun.id):
        if event.kind == "stage" and event.message == "start":
            verbs.cancel(house.store, begun.id)
    assert operations.get(house.store, begun.id).state == "Cancelled"
    with pytest.raises(MlopsError, match="cancelled"):
        follow.wait(house.store, begun.id)
    house.deploy(house.parts(house.model()))


def test_the_second_of_two_is_told_who_is_at_work(house: House) -> None:
    parts = house.written(HANGS, house.model())
    begun = verbs.deploy(house.store, house.request(parts))
    with pytest.raises(BusyError, match=begun.id):
        verbs.deploy(house.store, house.request(parts))
    with pytest.raises(ConflictError):
        verbs.delete_service(house.store, "linear")
    verbs.cancel(house.store, begun.id)
    with pytest.raises(MlopsError):
        follow.wait(house.store, begun.id)


def test_an_option_that_the_target_cannot_honour_is_refused_before_anything_is_recorded(house: House) -> None:
    with pytest.raises(UnsupportedError, match="memory_gb"):
        house.deploy(house.parts(house.model()), options=ServiceOptions(memory_gb=2))
    assert operations.search(house.store) == []


def build(house: House, parts: ImageParts) -> dict[str, object]:
    begun = verbs.build_image(house.store, "frozen", parts, interpreter=sys.executable, provenance=ORIGIN)
    return follow.wait(house.store, begun.id, timeout=60).result


def test_build_proves_and_freezes(house: House) -> None:
    model = house.model()
    assert build(house, house.parts(model)) == {"image": "frozen:1"}
    assert build(house, house.parts(model)) == {"image": "frozen:1"}, "the same content is the same image"
    with pytest.raises(MlopsError, match="no weights"):
        build(house, house.written(RAISES, model))
    assert [image.id for image in images.search(house.store, name="frozen")] == ["frozen:1"]


def test_the_plan_says_what_will_be_done_and_does_nothing(house: House) -> None:
    lines = plan.plan_deploy(house.store, house.request(house.parts(house.model()))).lines
    text = "\n".join(lines)
    assert "the next version of linear" in text
    assert "linear:1" in text
    assert "new, on the target 'process'" in text
    assert operations.search(house.store) == []
    assert services.search(house.store) == []
