"""A service in Docker from the workspace's side: reloaded, interrupted, deleted, and what each leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Image, InferenceConfig, Model, Webservice, Workspace
from jupyter_mlops.cli import main
from jupyter_mlops.errors import ServiceError, UsageError
from jupyter_mlops.records import EventRecord
from jupyter_mlops.sdk.operation import Operation
from jupyter_mlops.sdk.webservice import LocalWebservice
from jupyter_mlops.services.docker.resources import LABEL
from jupyter_mlops.views import formatters
from tests.operations.test_containers import SCRIPT, model
from tests.operations.test_kill import runner_of
from tests.registry.test_crashes import ROOT, Tiny, mounting
from tests.services.docker.containers import engine_or_skip

__all__ = ["mounting"]

pytestmark = pytest.mark.docker


@pytest.fixture
def client() -> Any:
    return engine_or_skip().raw()


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "score.py").write_text(SCRIPT)
    return Workspace()


def everything(client: Any, ws: Workspace) -> dict[str, list[str]]:
    """All that an engine has of a workspace."""
    mine = {"label": f"{LABEL}.workspace={ws.store.id}"}
    return {
        "containers": [one.name for one in client.containers.list(all=True, filters=mine)],
        "volumes": [one.name for one in client.volumes.list(filters=mine)],
        "networks": [one.name for one in client.networks.list(filters=mine)],
        "images": [tag for one in client.images.list(all=True, filters=mine) for tag in one.tags or [one.id]],
    }


def shown(capsys: pytest.CaptureFixture[str], name: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["service", "show", "-n", name, "--output", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_script_is_reloaded_and_a_deletion_leaves_nothing(
    ws: Workspace, client: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = InferenceConfig(entry_script="score.py")
    before = everything(client, ws)
    image = Image.create(ws, "named", [model(ws, 2)], config)
    image.wait_for_creation()
    service = Webservice.deploy_from_image(ws, "named", image, LocalWebservice.deploy_configuration())
    service.wait_for_deployment()
    assert isinstance(service, LocalWebservice)
    with pytest.raises(UsageError, match="deployed without hot_reload"):
        service.reload()
    assert everything(client, ws) != before
    service.update(inference_config=config, hot_reload=True)
    service.wait_for_deployment()

    (tmp_path / "score.py").write_text(SCRIPT.replace("factor * value", "factor * value + 1"))
    service.reload()
    assert service.run('{"data": [3]}') == [7]
    assert "differs from its image until the next update" in repr(service)
    assert "differs from its image" in formatters._service(service).html()
    assert "differs from its image" in shown(capsys, "named")["differs"]

    (tmp_path / "score.py").write_text(SCRIPT.replace("    global factor", "    raise ValueError('no weights')"))
    with pytest.raises(ServiceError, match="init\\(\\) failed: ValueError: no weights"):
        Webservice(ws, "named").reload()  # type: ignore[attr-defined]
    assert service.run('{"data": [3]}') == [7]

    (tmp_path / "score.py").write_text(SCRIPT)
    assert main(["service", "update", "-n", "named", "--script", "score.py"]) == 0
    assert service.run('{"data": [3]}') == [6]
    assert shown(capsys, "named")["differs"] is None

    service.delete(delete_image=True)
    assert everything(client, ws) == before
    assert Image.list(ws) == []


def killed_when(service: Webservice, told: Callable[[EventRecord], bool]) -> Operation:
    """Kill the runner of the service's operation as soon as it tells that."""
    operation = service.operation
    assert operation is not None
    for event in operation.follow():
        runner = runner_of(operation.id)
        if told(event) and runner is not None:
            runner.kill()
    return operation


def in_stage(name: str) -> Callable[[EventRecord], bool]:
    return lambda event: (event.kind, event.message) == ("stage", name)


def starting(event: EventRecord) -> bool:
    return event.kind == "log" and event.message.startswith("starting 1 replica")


def leftovers(capsys: pytest.CaptureFixture[str], *more: str) -> list[str]:
    capsys.readouterr()
    assert main(["gc", *more, "--output", "json"]) == 0
    return [orphan["kind"] for orphan in json.loads(capsys.readouterr().out)]


@pytest.mark.slow
def test_a_runner_that_was_killed_leaves_nothing_that_looks_whole(
    ws: Workspace, client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    config, local = InferenceConfig(entry_script="score.py"), LocalWebservice.deploy_configuration()
    first, second = model(ws, 2), model(ws, 3)
    before = everything(client, ws)
    for moment in (in_stage("prepare"), starting):
        service = Model.deploy(ws, "factor", [first], config, local)
        operation = killed_when(service, moment)
        assert operation.state == "Interrupted"
        assert "type the same command again" in str(operation.error)
        assert service.state == "Failed"
    service = Model.deploy(ws, "factor", [first], config, local)
    service.wait_for_deployment()
    keys = service.get_keys()

    service.update(models=[second])
    assert killed_when(service, starting).state == "Interrupted"
    assert service.run('{"data": [3]}') in ([6], [9])
    planned = leftovers(capsys, "--plan")
    assert set(planned) <= {"container"}
    assert leftovers(capsys) == planned
    assert leftovers(capsys, "--plan") == []
    service.update(models=[second])
    service.wait_for_deployment()
    assert service.run('{"data": [3]}') == [9]
    assert service.get_keys() == keys

    for machine in Path(os.environ["JUPYTER_MLOPS_STATE"]).glob("*@*"):
        shutil.rmtree(machine)  # of another kernel, on another disk: the engine knows it all
    found = Webservice(ws, "factor")
    assert (found.state, found.get_keys()) == ("Healthy", keys)
    service.delete()
    assert everything(client, ws) == before


@pytest.mark.slow
def test_a_full_machine_folder_is_told_in_one_line_and_the_old_revision_serves_on(
    ws: Workspace, client: Any, tmp_path: Path, mounting: Tiny
) -> None:
    """A real disk of 200 MB under the state folder, and a file that takes all that is left of it."""
    before, state = everything(client, ws), tmp_path / "state"
    state.mkdir(exist_ok=True)
    disk = mounting(f"mount -t tmpfs -o size=200m tmpfs {state}")
    command = [*disk, sys.executable, "-m", "tests.operations.full_machine", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *_, refused, served, updated, again = done.stdout.splitlines()
    assert "reload() will not know its files" in done.stdout, "it was told, and kept nothing from being tried"
    assert refused.startswith("StorageError: ")
    assert "no space left" in refused or "the disk is full" in refused
    assert (served, updated, again) == ("[6] Healthy", "updated", "[6] Healthy")
    assert everything(client, ws) == before
