"""What a configuration asks a container to stand on, and what does not fit together."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.images import own_base
from jupyter_mlops.records import ManifestBase
from jupyter_mlops.sdk.container_image import ContainerImage
from jupyter_mlops.sdk.container_registry import ContainerRegistry
from jupyter_mlops.sdk.environment import Environment
from jupyter_mlops.sdk.image_configuration import as_inference_config
from jupyter_mlops.sdk.inference import InferenceConfig
from jupyter_mlops.sdk.workspace import Workspace


def base_of(ws: Workspace, **options: object) -> ManifestBase | None:
    config = InferenceConfig(**options)  # type: ignore[arg-type]
    return config.container_base().manifest(ws.store, "3.11.4")


def test_nothing_said_is_the_default_base(ws: Workspace) -> None:
    assert base_of(ws) is None
    assert base_of(ws, enable_gpu=False, extra_docker_file_steps="", base_image_registry=ContainerRegistry()) is None


def test_a_base_its_registry_and_its_steps(ws: Workspace) -> None:
    Path("src").mkdir()
    Path("src/steps.txt").write_text("RUN true\n")
    registry = {"address": "https://registry.example.org/", "username": "ada", "password": "p"}
    assert base_of(
        ws,
        source_directory="src",
        base_image="team/base:2",
        base_image_registry=registry,
        extra_docker_file_steps="steps.txt",
    ) == ManifestBase(reference="registry.example.org/team/base:2", steps="RUN true\n")
    address = base_of(ws, base_image="team/base:2", base_image_registry="registry.example.org")
    assert address == ManifestBase(reference="registry.example.org/team/base:2")
    steps = base_of(ws, extra_docker_file_steps="RUN apt-get update")
    assert steps == ManifestBase(steps="RUN apt-get update")
    whole = base_of(ws, extra_docker_file_steps="FROM python:3.11\nRUN true")
    assert whole == ManifestBase(dockerfile="FROM python:3.11\nRUN true")


def test_a_gpu_base_by_name_shows_the_licence(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    base = base_of(ws, enable_gpu=True, cuda_version="11.8", extra_docker_file_steps="RUN true")
    assert base is not None
    assert base.reference == "nvidia/cuda:11.8.0-cudnn8-runtime-rockylinux8"
    assert base.steps.endswith("\nRUN true")
    assert own_base.LICENCE in capsys.readouterr().out
    assert base_of(ws, enable_gpu=True, base_image="team/gpu:1") == ManifestBase(reference="team/gpu:1")


def test_the_environments_answer_counts(ws: Workspace) -> None:
    env = Environment("e")
    env.docker.base_image = "team/base:1"
    env.docker.base_image_registry = SimpleNamespace(address="registry.example.org", username=None, password=None)
    base = base_of(ws, environment=env, extra_docker_file_steps="RUN true")
    assert base == ManifestBase(reference="registry.example.org/team/base:1", steps="RUN true")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"base_image": "b", "extra_docker_file_steps": "FROM c"}, "same thing twice"),
        ({"base_image_registry": {"address": "r.example.org"}}, "give base_image too"),
        ({"base_image": "b", "base_image_registry": {"username": "ada"}}, "given together"),
        ({"base_image": "b", "base_image_registry": {"user": "ada"}}, "a registry has no 'user'"),
        ({"base_image": "b", "base_image_registry": 1}, "is a ContainerRegistry"),
        ({"cuda_version": "12.6"}, "enable_gpu=True"),
        ({"cuda_version": "12.6", "enable_gpu": True, "base_image": "b"}, "choose the base twice"),
        ({"enable_gpu": True, "cuda_version": "9.1"}, r"cuda_version is one of"),
        ({"extra_docker_file_steps": "gone.txt"}, r"no such file for extra_docker_file_steps"),
    ],
)
def test_what_does_not_fit_together(ws: Workspace, options: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        base_of(ws, **options)


def test_the_same_thing_said_by_the_environment_and_beside_it() -> None:
    env = Environment("e")
    env.docker.base_image = "one"
    with pytest.raises(UsageError, match="said twice"):
        InferenceConfig(environment=env, base_image="other").container_base()


def test_an_image_configuration_says_it_too_also_afterwards(ws: Workspace) -> None:
    Path("score.py").write_text("def init(): ...\ndef run(data): ...\n")
    Path("docker.steps").write_text("RUN true\n")
    config = ContainerImage.image_configuration("score.py", docker_file="docker.steps", base_image="team/base:1")
    config.base_image_registry.address = "registry.example.org"  # type: ignore[attr-defined]
    with as_inference_config(config) as asked:
        assert asked is not None
        base = asked.container_base().manifest(ws.store, "3.11.4")
    assert base == ManifestBase(reference="registry.example.org/team/base:1", steps="RUN true\n")
