"""An image on a base of its own, from the SDK to a container: frozen, kept secret, found again, removed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from jupyter_mlops import (
    ContainerImage,
    ContainerRegistry,
    Environment,
    Experiment,
    Image,
    InferenceConfig,
    Model,
    Webservice,
    Workspace,
)
from jupyter_mlops.cli import main
from jupyter_mlops.errors import ImageError
from jupyter_mlops.images.container import LABEL
from jupyter_mlops.operations import secrets
from jupyter_mlops.operations.bases import same
from jupyter_mlops.records import ManifestBase
from jupyter_mlops.sdk.container_rendering import Told, render
from tests.fixtures.registries import PrivateRegistry
from tests.operations.test_containers import SCRIPT
from tests.services.docker.containers import engine_or_skip

DEFAULT = "jupyter-mlops/base:3.11"
STEPS = "RUN echo made-by-a-step > /etc/step\n"


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "score.py").write_text(SCRIPT)
    with Workspace() as workspace:
        yield workspace


def model(ws: Workspace, factor: int = 2) -> Model:
    Path("factor.txt").write_text(str(factor))
    return Model.register(ws, "factor.txt", "factor")


def made(ws: Workspace, name: str = "factor", **options: object) -> Image:
    """An image, waited for."""
    config = InferenceConfig(entry_script="score.py", **options)  # type: ignore[arg-type]
    image = Image.create(ws, name, [model(ws)], config)
    image.wait_for_creation()
    return image


def test_without_an_engine_a_base_is_kept_by_name_and_said(ws: Workspace, tmp_path: Path) -> None:
    image = made(ws, base_image="registry.example.org/team/base:1", extra_docker_file_steps=STEPS)
    base = image.manifest.base
    assert base is not None
    assert (base.reference, base.digest, base.id) == ("registry.example.org/team/base:1", None, None)
    assert "kept by name, not by digest" in image.image_build_log
    image.save_context(tmp_path / "context")
    text = (tmp_path / "context/Dockerfile").read_text()
    assert "FROM registry.example.org/team/base:1\n\nRUN echo made-by-a-step > /etc/step\n" in text
    plain = made(ws, base_image=None)
    assert plain.diff(image)[1:] == ["base the default base becomes registry.example.org/team/base:1, with 1 step"]


def test_a_process_says_that_the_base_counts_only_in_a_container(ws: Workspace) -> None:
    config = InferenceConfig(entry_script="score.py", base_image="team/base:1")
    service = Model.deploy(ws, "factor", [model(ws)], config)
    service.wait_for_deployment()
    try:
        assert service.run('{"data": [3]}') == [6]
        operation = service.operation
        assert operation is not None
        assert any("team/base:1 counts only in a container: the target 'process'" in said for said in operation.log)
        service.update(models=[model(ws, 3)], wait=True)
        assert service.image is not None
        assert service.image.manifest.base is not None, "what is not given stays"
        before = service.image.manifest
        service.update(inference_config=InferenceConfig(base_image="team/base:2"), wait=True)
        after = service.image.manifest
        assert before.base is not None
        assert after == replace(before, base=replace(before.base, reference="team/base:2")), "and nothing else changes"
    finally:
        service.delete()


@pytest.mark.docker
def test_a_private_base_serves_and_its_password_is_nowhere(ws: Workspace, registry: PrivateRegistry) -> None:
    client = engine_or_skip().raw()
    login = {"username": registry.username, "password": registry.password}
    client.images.get(DEFAULT).tag(f"{registry.address}/team/base", "2")
    for said in client.api.push(f"{registry.address}/team/base:2", auth_config=login, stream=True, decode=True):
        assert "error" not in said
    client.images.remove(f"{registry.address}/team/base:2")
    config = ContainerImage.image_configuration("score.py", base_image="team/base:2", docker_file=STEPS)
    config.base_image_registry = ContainerRegistry(registry.address, registry.username, "wrong-canary")
    refused = ContainerImage.create(ws, "factor", [model(ws)], config)
    with pytest.raises(ImageError, match=r"refuses this user name and password for .*team/base:2; base_image_registry"):
        refused.wait_for_creation()
    assert secrets.login(ws.store.id, registry.address) is None, "what was refused is kept no longer"
    config.base_image_registry = ContainerRegistry(registry.address, registry.username, registry.password)
    image = ContainerImage.create(ws, "factor", [model(ws)], config)
    image.wait_for_creation()
    assert image.manifest.base is not None
    assert image.manifest.base.digest is not None
    service = Webservice.deploy_from_image(ws, "factor", image, deployment_target="docker")
    try:
        service.wait_for_deployment()
        assert service.run('{"data": [3]}') == [6]
        container = client.containers.list(filters={"label": f"{LABEL}.service=factor"})[0]
        assert container.exec_run(["cat", "/etc/step"]).output == b"made-by-a-step\n"
        there = client.images.get(image.location)
        seen = json.dumps([there.attrs, there.history(), container.attrs, image.serialize()]) + repr(config)
        kept = b"".join(path.read_bytes() for path in Path(ws.location).rglob("*") if path.is_file())
        logs = "".join(path.read_text() for path in (Path(ws.location).parent / "state").rglob("*.log"))
        assert "-canary" not in seen + logs + image.image_build_log + refused.image_build_log
        assert b"-canary" not in kept
        assert b"-canary" not in b"".join(there.save())
        layers = image.rebuild()
        assert len(layers) == 4, "ours, bit for bit, on the base that is kept"
    finally:
        service.delete()
    tag = image.location
    image.delete()
    assert client.images.list(tag) == [], "its container image goes with it"
    client.images.remove(f"{registry.address}/team/base@{image.manifest.base.digest}", force=True)


@pytest.mark.docker
def test_a_run_finds_its_image_again_also_as_a_base(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    client = engine_or_skip().raw()
    with Experiment(ws, "tuning").start_logging() as run:
        Path("factor.txt").write_text("2")
        run.upload_file("outputs/factor.txt", "factor.txt")
        run.register_model("factor", "outputs/factor.txt")
        built = Environment("packages").build(ws).wait_for_completion()
    assert built.image is not None
    assert run.properties["AzureML.DerivedImageName"] == built.image
    image = Image.create(ws, "factor", ["factor"], InferenceConfig(entry_script="score.py"))
    image.wait_for_creation()
    tag = image.location
    assert run.properties["AzureML.DerivedImageName"] == tag
    again = Image.create(
        ws,
        "factor",
        ["factor"],
        InferenceConfig(entry_script="score.py", base_image=run.properties["AzureML.DerivedImageName"]),
    )
    again.wait_for_creation()
    assert again.manifest.base is not None
    assert again.manifest.base.reference == DEFAULT, "our layers do not come twice"
    assert "its own base jupyter-mlops/base:3.11 is taken" in again.image_build_log
    for one in (image, again):
        one.delete()
    client.images.remove(built.image)


@pytest.mark.docker
def test_an_environment_that_was_built_makes_its_images_quick(ws: Workspace) -> None:
    client = engine_or_skip().raw()
    env = Environment.from_docker_image("steps", DEFAULT)
    env.requirements = (f"packaging=={version('packaging')}",)
    built = env.build(ws).wait_for_completion(show_output=True)
    assert built.status == "Succeeded"
    assert f"environment steps: {built.image}" in built.log
    assert built.image is not None
    ran = client.containers.run(
        built.image,
        ["-c", "import packaging; print(packaging.__version__)"],
        entrypoint="/opt/mlops/env/bin/python",
        remove=True,
    )
    assert ran.decode() == f"{version('packaging')}\n"
    image = made(ws, environment=env)
    told = Told()
    render(image, told)
    new = told.lines[-1].partition("new in it: ")[2]
    assert new
    assert not {"packages", "scoring server"} & set(new.split(", ")), "they were there"
    image.delete()
    client.images.remove(built.image)


@pytest.mark.docker
def test_a_base_that_came_out_otherwise_is_said(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = engine_or_skip()
    client = engine.raw()
    image = made(ws, extra_docker_file_steps="RUN echo first > /etc/otherwise\n")
    before = client.images.get(image.location)
    assert image.rebuild() == [layer["diff_id"] for layer in json.loads(before.labels[f"{LABEL}.layers"])]
    assert "another one" not in capsys.readouterr().out
    own = client.images.get(before.labels["org.opencontainers.image.base.digest"])
    client.images.remove(before.id, force=True)
    client.images.remove(own.id, force=True)
    (tmp_path / "context").mkdir()
    text = f"FROM {DEFAULT}\nRUN echo newer > /etc/otherwise\nLABEL {LABEL}.base={own.labels[f'{LABEL}.base']}\n"
    (tmp_path / "context/Dockerfile").write_text(text)
    newer = engine.build(tmp_path / "context", own.tags[0], Told())
    assert len(image.rebuild()) == 4
    assert "with 1 step is another one than when factor:1 was first rendered" in capsys.readouterr().out
    image.delete()
    client.images.remove(newer.id, force=True)


@pytest.mark.docker
def test_an_image_that_a_container_runs_stays_and_is_said(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    client = engine_or_skip().raw()
    image = made(ws)
    tag = image.location
    container = client.containers.create(tag)
    image.delete()
    assert "`jupyter mlops gc` removes it" in capsys.readouterr().out
    container.remove()
    client.images.remove(tag)


def test_two_manifests_are_one_image_but_for_what_an_engine_says(ws: Workspace) -> None:
    manifest = made(ws, base_image="team/base:1").manifest
    assert manifest.base is not None
    frozen = replace(manifest, base=replace(manifest.base, digest="sha256:1"))
    assert same(manifest, frozen)
    assert not same(manifest, replace(manifest, base=None))


def test_the_same_words_on_the_command_line_and_in_its_file(ws: Workspace, tmp_path: Path) -> None:
    model(ws)
    (tmp_path / "steps.txt").write_text(STEPS)
    registry = {"address": "registry.example.org", "username": "ada", "password": "a-canary"}
    said = {"entryScript": "score.py", "baseImage": "team/base:1", "baseImageRegistry": registry}
    (tmp_path / "ic.json").write_text(json.dumps(said | {"extraDockerfileSteps": "steps.txt"}))
    build = ["image", "build", "-n", "factor", "-m", "factor"]
    assert main([*build, "--ic", str(tmp_path / "ic.json")]) == 0
    base = ManifestBase(reference="registry.example.org/team/base:1", steps=STEPS)
    assert Image(ws, "factor").manifest.base == base
    assert secrets.login(ws.store.id, "registry.example.org") == ("ada", "a-canary")
    assert main([*build, "--script", "score.py", "--base-image", "team/base:1", "--ed", "steps.txt"]) == 0
    assert Image(ws, "factor").manifest.base == ManifestBase(reference="team/base:1", steps=STEPS)
    assert main([*build, "--script", "score.py", "--enable-gpu", "--cv", "11.8"]) == 0
    on_gpu = Image(ws, "factor").manifest.base
    assert on_gpu is not None
    assert on_gpu.reference == "nvidia/cuda:11.8.0-cudnn8-runtime-rockylinux8"
    for one in Image.list(ws):
        one.delete()
    assert secrets.login(ws.store.id, "registry.example.org") is None, "it goes with the last image on its registry"
