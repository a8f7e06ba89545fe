"""kill -9 of the runner in each stage: nothing is half-made, and the same command resumes."""

from __future__ import annotations

import psutil
import pytest

from jupyter_mlops.errors import OperationError
from jupyter_mlops.operations import follow, verbs
from jupyter_mlops.operations.work import STAGES
from jupyter_mlops.registry import images, operations
from tests.operations.conftest import ORIGIN, ROWS, House

pytestmark = pytest.mark.slow


def runner_of(operation_id: str) -> psutil.Process | None:
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if "jupyter_mlops.operations" in line and operation_id in line:
            return process
    return None


def kill_in_stage(house: House, operation: operations.OperationRecord, stage: str) -> str:
    """Kill the runner as soon as it says that it is in the stage; the operation's state then."""
    for event in follow.follow(house.store, operation.id):
        if event.kind == "stage" and event.message == stage:
            runner = runner_of(operation.id)
            if runner is not None:
                runner.kill()
    return operations.get(house.store, operation.id).state


@pytest.mark.parametrize("stage", STAGES["deploy"])
def test_a_deploy_that_was_killed_is_done_by_the_same_command(house: House, stage: str) -> None:
    parts = house.parts(house.model())
    begun = verbs.deploy(house.store, house.request(parts))
    state = kill_in_stage(house, begun, stage)
    assert state in ("Interrupted", "Succeeded")
    if state == "Interrupted":
        with pytest.raises(OperationError, match="type the same command again"):
            follow.wait(house.store, begun.id)
    house.deploy(parts, overwrite=True)
    assert house.ask() == pytest.approx((ROWS @ [1, 1]).tolist())
    assert [image.version for image in images.search(house.store, name="linear")] == [1]


@pytest.mark.parametrize("stage", STAGES["update"])
def test_an_update_that_was_killed_leaves_a_service_that_answers(house: House, stage: str) -> None:
    house.deploy(house.parts(house.model(slope=1)))
    second = house.model(slope=2)
    kill_in_stage(house, verbs.update(house.store, "linear", models=(second.id,), provenance=ORIGIN), stage)
    assert house.ask()[0] in (pytest.approx(3.0), pytest.approx(4.0)), "the old one or the new one, never none"
    again = verbs.update(house.store, "linear", models=(second.id,), provenance=ORIGIN)
    follow.wait(house.store, again.id)
    assert house.ask() == pytest.approx((ROWS @ [2, 1]).tolist())


@pytest.mark.parametrize("stage", STAGES["delete"])
def test_a_delete_that_was_killed_can_be_repeated(house: House, stage: str) -> None:
    house.deploy(house.parts(house.model()))
    state = kill_in_stage(house, verbs.delete_service(house.store, "linear"), stage)
    if state == "Interrupted":
        again = verbs.delete_service(house.store, "linear")
        follow.wait(house.store, again.id)
    house.deploy(house.parts(house.model()))
