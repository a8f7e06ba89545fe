"""A saved image's container rendering, from the workspace's side: made, found, made again, given away, left over."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from jupyter_mlops import Image, InferenceConfig, Model, Webservice, Workspace
from jupyter_mlops.cli import main
from jupyter_mlops.images.container import LABEL
from jupyter_mlops.sdk.webservice import DockerWebservice, LocalWebservice
from jupyter_mlops.services.docker.service import ContainerService
from jupyter_mlops.services.process.machine import MachineFolder
from tests.services.docker.containers import engine_or_skip

pytestmark = pytest.mark.docker

SCRIPT = """
import json
from azureml.core.model import Model

def init():
    global factor
    with open(Model.get_model_path("factor")) as file:
        factor = int(file.read())

def run(data):
    return [factor * value for value in json.loads(data)["data"]]
"""


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "score.py").write_text(SCRIPT)
    return Workspace()


def model(ws: Workspace, factor: int) -> Model:
    Path("factor.txt").write_text(str(factor))
    return Model.register(ws, "factor.txt", "factor")


def test_a_package_without_an_engine_is_a_whole_build_context(ws: Workspace, tmp_path: Path) -> None:
    config = InferenceConfig(entry_script="score.py")
    package = Model.package(ws, [model(ws, 2)], config, generate_dockerfile=True)
    package.wait_for_creation(show_output=True)
    package.save(str(tmp_path / "out"))
    assert "FROM python:3." in (tmp_path / "out/Dockerfile").read_text()
    assert (tmp_path / "out/app/azureml-models/factor/1/factor.txt").read_text() == "2"
    assert package.state == "Succeeded"


def test_a_service_in_docker_from_the_seeds_snippet(ws: Workspace) -> None:
    client = engine_or_skip().raw()
    config = InferenceConfig(entry_script="score.py")
    local = LocalWebservice.deploy_configuration()
    service = Model.deploy(ws, "factor", [model(ws, 2)], config, local)
    service.wait_for_deployment(show_output=True)
    try:
        assert isinstance(service, DockerWebservice)
        assert (service.state, service.target, service.compute_type) == ("Healthy", "docker", "Local")
        assert service.run('{"data": [3]}') == [6]
        service.update(models=[model(ws, 3)])
        service.wait_for_deployment()
        assert service.run('{"data": [3]}') == [9]
        again = Webservice(ws, "factor")
        assert again.image is not None
        layers = again.image.rebuild()
        assert len(layers) == 4
        package = Model.package(ws, ["factor:2"], config)
        assert client.images.get(package.pull()).labels[f"{LABEL}.image"] == package.image.digest
    finally:
        service.delete()
    left = {"label": f"{LABEL}.workspace={ws.store.id}"}
    assert client.containers.list(all=True, filters=left) == client.volumes.list(filters=left) == []


def test_what_a_crash_left_is_listed_and_removed(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    client = engine_or_skip().raw()
    image = Image.create(ws, "lost", [model(ws, 2)], InferenceConfig(entry_script="score.py"))
    image.wait_for_creation()
    tag = image.location
    image.delete(delete_container_image=False)
    labels = {f"{LABEL}.workspace": ws.store.id, f"{LABEL}.service": "gone", f"{LABEL}.role": "worker"}
    client.volumes.create(f"mlops-gone-{ws.store.id}", labels=labels)
    client.containers.create("jupyter-mlops/base:3.11", name=f"mlops-gone-{ws.store.id}-1", labels=labels)
    assert main(["gc", "--plan", "--output", "json"]) == 0
    planned = {orphan["name"] for orphan in json.loads(capsys.readouterr().out)}
    assert planned == {f"mlops-gone-{ws.store.id}", f"mlops-gone-{ws.store.id}-1", tag}
    assert main(["gc"]) == 0
    capsys.readouterr()
    assert main(["gc", "--plan"]) == 0
    assert "nothing is left over" in "".join(capsys.readouterr())


def test_what_killed_deployments_left_of_a_service_that_is_known_is_listed_and_removed(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    client = engine_or_skip().raw()
    service = Model.deploy(
        ws, "factor", [model(ws, 2)], InferenceConfig(entry_script="score.py"), LocalWebservice.deploy_configuration()
    )
    service.wait_for_deployment()
    try:
        (worker,) = ContainerService(client, ws.store.id, "factor").workers()
        labels = {**worker.labels, f"{LABEL}.generation": "killed"}
        client.containers.create(worker.attrs["Image"], name=f"{worker.name}-killed", labels=labels)
        scratch = MachineFolder(ws.store.id).root / "render-killed"
        scratch.mkdir()
        os.utime(scratch, (0, 0))
        capsys.readouterr()
        assert main(["gc", "--output", "json"]) == 0
        removed = {orphan["name"] for orphan in json.loads(capsys.readouterr().out)}
        assert removed == {f"{worker.name}-killed", str(scratch)}
        assert not scratch.exists()
        assert service.run('{"data": [3]}') == [6]
    finally:
        service.delete()
