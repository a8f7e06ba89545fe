"""Wiring for the container rendering: an image's parts, laid out here, become layers in an engine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import cast

from jupyter_mlops import plugins
from jupyter_mlops.images.base_image import BaseImage, Credentials
from jupyter_mlops.images.container import ENVIRONMENT, IMAGE, Recipe, container
from jupyter_mlops.images.engine import Built, Engine
from jupyter_mlops.operations import assembly
from jupyter_mlops.operations.assembly import Unpacked
from jupyter_mlops.records import ImageRecord, Progress, ServiceOptions, ServiceSpec
from jupyter_mlops.registry import images
from jupyter_mlops.services.process import revision
from jupyter_mlops.services.process.machine import MachineFolder
from jupyter_mlops.storage import Store

__all__ = ["BASE", "engine_named", "recipe_of", "render", "render_image"]

BASE = "container.base"
"""The property of an image that names the base of its first rendering: later ones stand on the same."""


def engine_named(kind: str) -> Engine:
    """The engine of a kind. Raises `RequirementError` when its client is not installed."""
    return cast(Engine, plugins.load("engines", kind)())


def render_image(
    store: Store, image: ImageRecord, progress: Progress, *, kind: str = "docker", rebuild: bool = False
) -> Built:
    """The container rendering of an image in an engine. With `rebuild` every layer is made anew.

    Raises `ImageError`, `RequirementError`, `ServiceError`, `StorageError`.
    """
    ready = assembly.unpack(store, image.manifest, None, progress)
    return render(store, image, ready, engine_named(kind), progress, rebuild=rebuild)


def render(
    store: Store, image: ImageRecord, ready: Unpacked, engine: Engine, progress: Progress, *, rebuild: bool = False
) -> Built:
    """As `render_image`, of files that are laid out."""
    base = _base(store, image, engine, progress)
    wanted = container(recipe_of(image, ready), base)
    found = None if rebuild else engine.find(wanted)
    if found is not None:
        progress.log(f"container image {found.tag}, there already")
        return found
    scratch = MachineFolder(store.id).root
    with tempfile.TemporaryDirectory(prefix="render-", dir=scratch) as folder:
        return engine.load(wanted, Path(folder), progress, anew=rebuild)


def _base(
    store: Store, image: ImageRecord, engine: Engine, progress: Progress, credentials: Credentials | None = None
) -> BaseImage:
    """The base that the image was first rendered on, else the default one, which is then noted."""
    noted = image.properties.get(BASE)
    reference, _, known = (noted or "").partition(" ")
    base = engine.base(reference or None, image.manifest.python, credentials)
    if noted is None:
        images.add_properties(store, images.get(store, image.id), {BASE: f"{base.reference} {base.id}"})
    elif base.id != known:
        progress.log(f"warning: the base image {reference} is another one than when {image.id} was first rendered")
    return base


def recipe_of(image: ImageRecord, ready: Unpacked) -> Recipe:
    """All that the container image is made of."""
    alone = ServiceSpec(
        service=image.name,
        revision=image.version,
        workspace="",
        image=image.id,
        manifest=image.manifest,
        lock=ready.lock,
        content=f"/{IMAGE}",
        interpreter=f"/{ENVIRONMENT}/bin/python",
        options=ServiceOptions(),
    )
    return Recipe(
        name=image.id,
        manifest=image.manifest,
        lock=ready.lock,
        content=ready.content,
        revision=revision.document(alone),
        provenance=image.provenance,
        created=image.created,
    )
