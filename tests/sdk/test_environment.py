"""Environments: asked for, kept, and refused where only a container could honour them."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.errors import NotFoundError, UnsupportedError, UsageError
from jupyter_mlops.sdk.conda_dependencies import CondaDependencies
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


def test_what_needs_a_container_or_conda_is_refused_by_name(ws: Workspace) -> None:
    env = Environment("e")
    env.docker.base_image = "python:3.11"
    for refused, told in (
        (lambda: env.register(ws), r"environment\.docker\.base_image"),
        (lambda: Environment.from_docker_image("e", "python:3.11"), "from_docker_image"),
        (lambda: Environment.from_dockerfile("e", "Dockerfile"), "from_dockerfile"),
        (lambda: Environment.from_existing_conda_environment("e", "base"), "conda env export -n base"),
        (lambda: env.build(ws), "%build_image"),
    ):
        with pytest.raises(UnsupportedError, match=told):
            refused()
