"""Wiring for the container rendering: an image's parts, laid out here, become layers in an engine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import cast

from jupyter_mlops import plugins
from jupyter_mlops.errors import ImageError
from jupyter_mlops.images.base_image import BaseImage, Credentials, default_bases
from jupyter_mlops.images.container import ENVIRONMENT, IMAGE, Recipe, container
from jupyter_mlops.images.context import write_context
from jupyter_mlops.images.engine import Built, Engine
from jupyter_mlops.operations import assembly
from jupyter_mlops.operations.assembly import Unpacked
from jupyter_mlops.records import ImageRecord, Progress, ServiceOptions, ServiceSpec
from jupyter_mlops.registry import images
from jupyter_mlops.services.process import revision
from jupyter_mlops.services.process.machine import MachineFolder
from jupyter_mlops.storage import Store

__all__ = ["BASE", "engine_named", "push", "rebuild", "recipe_of", "render", "render_image", "save_context"]

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
    wanted = container(recipe_of(store, image, ready), base)
    found = None if rebuild else engine.find(wanted)
    if found is not None:
        progress.log(f"container image {found.tag}, there already")
        return found
    scratch = MachineFolder(store.id).root
    with tempfile.TemporaryDirectory(prefix="render-", dir=scratch) as folder:
        return engine.load(wanted, Path(folder), progress, anew=rebuild)


def rebuild(store: Store, image: ImageRecord, progress: Progress, *, kind: str = "docker") -> Built:
    """Make every layer of the image anew, and hold each against the one that is there.

    Raises `ImageError` naming the layers that came out otherwise (the base is another one; an index serves another
    file under the same version).
    """
    before = render_image(store, image, progress, kind=kind)
    after = render_image(store, image, progress, kind=kind, rebuild=True)
    old = {layer["name"]: layer["diff_id"] for layer in before.layers}
    changed = [layer["name"] for layer in after.layers if old.get(layer["name"]) != layer["diff_id"]]
    if changed:
        raise ImageError(f"image {image.id} came out otherwise in: {', '.join(changed)}", details=str(after.layers))
    return after


def push(
    store: Store,
    image: ImageRecord,
    reference: str,
    progress: Progress,
    credentials: Credentials | None = None,
    *,
    kind: str = "docker",
) -> str:
    """Push the container rendering as `registry/name:tag`; its digest there. Raises `ImageError`."""
    built = render_image(store, image, progress, kind=kind)
    return engine_named(kind).push(built.id, reference, progress, credentials)


def save_context(store: Store, image: ImageRecord, folder: Path, progress: Progress, base: str | None = None) -> Path:
    """Write a whole build context, for any builder; no engine is asked. The Dockerfile's path.

    Raises `UsageError` when the folder has something in it.
    """
    ready = assembly.unpack(store, image.manifest, None, progress)
    noted = image.properties.get(BASE, "").partition(" ")[0]
    base = base or noted or default_bases(image.manifest.python)[-1]
    return write_context(recipe_of(store, image, ready), folder, base)


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


def recipe_of(store: Store, image: ImageRecord, ready: Unpacked) -> Recipe:
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
        workspace=store.id,
    )
