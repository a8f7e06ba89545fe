"""Environments: asked for, kept, and refused where only a container could honour them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_mlops.errors import NotFoundError, UnsupportedError, UsageError
from jupyter_mlops.operations import secrets
from jupyter_mlops.records import ManifestBase
from jupyter_mlops.sdk.conda_dependencies import CondaDependencies
from jupyter_mlops.sdk.container_registry import ContainerRegistry
from jupyter_mlops.sdk.environment import Environment
from jupyter_mlops.sdk.workspace import Workspace


def test_kept_by_name_and_version(ws: Workspace) -> None:
    env = Environment(name="myenv")
    env.python.conda_dependencies = CondaDependencies.create(pip_packages=["joblib"])
    env.environment_variables["MODE"] = "test"
    first = env.register(workspace=ws)
    assert env.register(ws).version == first.version == 1, "the same is not kept twice"
    env.python.conda_dependencies.add_pip_package("numpy")
    assert env.register(ws).version == 2
    found = Environment.get(ws, "myenv", version="1")
    assert found.serialize() == first.serialize()
    assert found.environment_variables == {"MODE": "test"}
    assert [each.version for each in Environment.list(ws).values()] == [2]
    assert ws.environments["myenv:1"].version == 1
    with pytest.raises(NotFoundError):
        Environment.get(ws, "other")


def test_from_files_and_back() -> None:
    Path("requirements.txt").write_text("# needed\njoblib\n\nnumpy>=1\n")
    env = Environment.from_pip_requirements("pip", "requirements.txt")
    assert env.requirements == ("joblib", "numpy>=1")
    Path("env.yml").write_text("dependencies: [python=3.11, numpy]")
    conda = Environment.from_conda_specification("conda", "env.yml")
    assert conda.conda is not None
    assert conda.conda.conda_packages == ["numpy"]
    conda.clone("copy").save_to_directory("saved")
    loaded = Environment.load_from_directory("saved")
    assert (loaded.name, loaded.serialize()) == ("copy", conda.serialize())
    for wrong in (
        lambda: Environment.from_pip_requirements("x", "gone.txt"),
        lambda: Environment.load_from_directory("gone"),
        lambda: conda.save_to_directory("saved"),
    ):
        with pytest.raises(UsageError):
            wrong()


def test_a_base_is_kept_without_its_login(ws: Workspace) -> None:
    registry = ContainerRegistry("registry.example.org", "ada", "canary-1815")
    env = Environment.from_docker_image("e", "team/base:1", container_registry=registry)
    assert "canary" not in repr(env) + repr(registry) + repr(env.docker) + json.dumps(env.serialize())
    kept = env.register(ws)
    assert (kept.docker.base_image, ContainerRegistry.of(kept.docker.base_image_registry).address) == (
        "team/base:1",
        "registry.example.org",
    )
    base = kept.container_base().manifest(ws.store, "3.11.4")
    assert base == ManifestBase(reference="registry.example.org/team/base:1")
    assert secrets.login(ws.store.id, "registry.example.org") == ("ada", "canary-1815")
    assert b"canary" not in b"".join(path.read_bytes() for path in Path(ws.location).rglob("*") if path.is_file())


def test_from_a_dockerfile(ws: Workspace) -> None:
    Path("Dockerfile").write_text("FROM python:3.11-slim\nRUN true\n")
    Path("requirements.txt").write_text("joblib\n")
    env = Environment.from_dockerfile("e", "Dockerfile", pip_requirements="requirements.txt")
    assert env.docker.base_dockerfile == "FROM python:3.11-slim\nRUN true\n"
    assert env.requirements == ("joblib",)
    assert Environment.from_dockerfile("e", "FROM python:3.11-slim").docker.base_dockerfile == "FROM python:3.11-slim"
    assert env.register(ws).clone("other").docker.base_dockerfile == env.docker.base_dockerfile
    Path("env.yml").write_text("dependencies: [python=3.11]")
    for wrong, told in (
        (lambda: Environment.from_dockerfile("e", "gone"), "no such file"),
        (lambda: Environment.from_dockerfile("e", "RUN true").container_base().manifest(ws.store, "3"), "no image"),
        (lambda: Environment.from_docker_image("e", "b", None, "env.yml", "requirements.txt"), "twice"),
    ):
        with pytest.raises(UsageError, match=told):
            wrong()


def test_what_is_not_served_is_refused_by_name(ws: Workspace) -> None:
    env = Environment("e")
    env.docker.arguments = ["--shm-size", "2g"]
    with pytest.raises(UnsupportedError, match=r"environment\.docker\.arguments"):
        env.register(ws)


def test_without_an_engine_a_build_locks_and_says_so(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    env = Environment("e", conda_dependencies=CondaDependencies.create(pip_packages=["joblib"]))
    built = env.build(ws).wait_for_completion(show_output=True)
    assert (built.status, built.image) == ("Succeeded", None)
    assert "joblib" in [package.name for package in built.lock.packages]
    assert "no Docker engine answers" in capsys.readouterr().out
    assert "packages locked" in built.log
