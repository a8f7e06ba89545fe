"""A base of one's own, before any engine is asked: names, steps, the table of GPU bases."""

from __future__ import annotations

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.images import own_base
from jupyter_mlops.records import ManifestBase


def test_a_gpu_base_has_the_python_of_the_environment() -> None:
    base = own_base.gpu_base("3.11.7")
    assert base.reference == "nvidia/cuda:12.6.3-cudnn-runtime-rockylinux9"
    assert "dnf install -y python3.11" in base.steps
    assert own_base.LICENCE in base.steps
    assert own_base.gpu_base("3.12.1").reference == "nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04"
    assert own_base.gpu_base("3.11.7", "11.8.0").reference == "nvidia/cuda:11.8.0-cudnn8-runtime-rockylinux8"


@pytest.mark.parametrize(
    ("python", "cuda", "told"),
    [
        ("3.11", "9.1", r"no GPU base by name has CUDA 9\.1; cuda_version is one of 12\.6, 12\.4, 11\.8"),
        ("3.14", "12.6", r"no GPU base by name has CUDA 12\.6 and Python 3\.14; give one of your own: base_image"),
    ],
)
def test_what_the_table_lacks_is_refused_by_name(python: str, cuda: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        own_base.gpu_base(python, cuda)


@pytest.mark.parametrize(
    ("reference", "registry"),
    [
        ("python:3.11-slim", "docker.io"),
        ("team/base", "docker.io"),
        ("127.0.0.1:5000/base:1", "127.0.0.1:5000"),
        ("registry.example.org/team/base@sha256:1", "registry.example.org"),
        ("localhost/base", "localhost"),
    ],
)
def test_the_registry_of_a_reference(reference: str, registry: str) -> None:
    assert own_base.registry_of(reference) == registry


def test_the_images_that_a_dockerfile_begins_from() -> None:
    text = """\
    ARG TAG=3.11
    FROM --platform=linux/amd64 registry.example.org/build:1 AS build
    from python:3.11-slim
    FROM python:${TAG}
    COPY --from=build /x /x
    FROM build
    """
    assert own_base.froms(text) == ["registry.example.org/build:1", "python:3.11-slim"]
    assert own_base.is_dockerfile(text)
    assert not own_base.is_dockerfile("RUN echo FROM here\nENV A=B")


def test_a_built_base_is_known_by_all_that_decides_over_it() -> None:
    steps = ManifestBase(reference="b:1", steps="RUN true")
    keys = {
        own_base.key(steps, "sha256:1"),
        own_base.key(steps, "sha256:2"),
        own_base.key(ManifestBase(reference="b:1", steps="RUN false"), "sha256:1"),
        own_base.key(ManifestBase(dockerfile="RUN true"), "sha256:1"),
    }
    assert len(keys) == 4


def test_a_base_in_a_few_words() -> None:
    assert own_base.said(ManifestBase(reference="b:1")) == "b:1"
    assert (
        own_base.said(ManifestBase(reference="b:1", steps="# why\nRUN a && \\\n    b\nENV A=B")) == "b:1, with 2 steps"
    )
    assert own_base.said(ManifestBase(dockerfile="FROM b")) == "a Dockerfile"
    assert own_base.said(ManifestBase(steps="RUN a")) == "the default base, with 1 step"


def test_a_base_as_it_is_frozen() -> None:
    assert own_base.frozen_name(ManifestBase(reference="b:1", digest="sha256:1", steps="RUN a")) == "b:1@sha256:1"
    assert own_base.frozen_name(ManifestBase(reference="b:1", id="sha256:2")) == "b:1@sha256:2"
    assert own_base.frozen_name(ManifestBase(reference="b:1")) == "b:1"
    assert own_base.frozen_name(ManifestBase(dockerfile="FROM b")) == "a Dockerfile"
