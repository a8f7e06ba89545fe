"""Container images of the specs of `tests/services/specs.py`, in the engine at DOCKER_HOST."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_mlops.docker_client import answers
from jupyter_mlops.images import layout
from jupyter_mlops.images.container import ENVIRONMENT, IMAGE, Recipe, container
from jupyter_mlops.images.engines.docker import DockerEngine
from jupyter_mlops.records import ServiceSpec
from jupyter_mlops.services.process import revision
from jupyter_mlops.storage import open_blobs
from tests.services.specs import Said

__all__ = ["engine_or_skip", "recipe_of", "with_container"]


def engine_or_skip(variable: str = "JUPYTER_MLOPS_TEST_DOCKER") -> DockerEngine:
    """The engine that an environment variable names, or the reason why there is none."""
    pytest.importorskip("docker", reason="the Docker SDK is not installed (pip install docker)")
    wanted = os.environ.get(variable)
    if not wanted:
        how = "tcp" if variable.endswith("_TCP") else "start"
        pytest.skip(f"{variable} names no engine (.ci/docker {how} FOLDER says one)")
    os.environ["DOCKER_HOST"] = wanted  # `tests.fixtures.engines` puts it back
    if not answers():
        pytest.skip(f"no Docker engine answers at {wanted}")
    return DockerEngine()


def recipe_of(spec: ServiceSpec) -> Recipe:
    """What its image is made of, in blobs beside its files."""
    content = Path(spec.content)
    blobs = open_blobs(str(content.with_name(f"{content.name}-blobs")))
    (model,) = spec.manifest.models
    manifest = replace(
        spec.manifest,
        models=(replace(model, digest=blobs.put_tree(content / layout.model_folder(model)).digest),),
        script=replace(spec.manifest.script, digest=blobs.put_tree(content / "app/source").digest),
        lock=blobs.put_bytes((content / layout.LOCK).read_bytes()),
    )
    inside = replace(spec, content=f"/{IMAGE}", interpreter=f"/{ENVIRONMENT}/bin/python")
    return Recipe(name=spec.image, manifest=manifest, lock=spec.lock, blobs=blobs, revision=revision.document(inside))


def with_container(engine: DockerEngine, spec: ServiceSpec) -> ServiceSpec:
    """The spec with its image loaded into the engine."""
    wanted = container(recipe_of(spec), engine.base(None, spec.lock.python))
    built = engine.find(wanted)
    if built is None:
        with tempfile.TemporaryDirectory() as scratch:
            built = engine.load(wanted, Path(scratch), Said())
    return replace(spec, container=built.id)
