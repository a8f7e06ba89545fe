"""Wiring for the container rendering: an image's parts, laid out here, become layers in an engine."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from jupyter_mlops import docker_client
from jupyter_mlops.errors import ImageError, InUseError, NotFoundError, UnreadableError
from jupyter_mlops.images import own_base
from jupyter_mlops.images.base_image import BaseImage, Credentials, default_bases
from jupyter_mlops.images.container import ENVIRONMENT, IMAGE, LABEL, Recipe, container
from jupyter_mlops.images.context import write_context
from jupyter_mlops.images.engine import Built, Engine
from jupyter_mlops.operations import bases, secrets
from jupyter_mlops.operations.bases import engine_named
from jupyter_mlops.operations.inputs import BASE, inputs_of, server_of
from jupyter_mlops.records import ImageRecord, Progress, ServiceOptions, ServiceSpec
from jupyter_mlops.registry import experiments, images, locks, models
from jupyter_mlops.services.process import revision
from jupyter_mlops.services.process.machine import MachineFolder
from jupyter_mlops.storage import Store

__all__ = [
    "BASE",
    "engine_named",
    "forget",
    "forget_login",
    "push",
    "rebuild",
    "recipe_of",
    "render_image",
    "save_context",
]


def render_image(
    store: Store, image: ImageRecord, progress: Progress, *, kind: str = "docker", rebuild: bool = False
) -> Built:
    """The container rendering of an image in an engine. With `rebuild` every layer is made anew.

    Raises `ImageError`, `RequirementError`, `ServiceError`, `StorageError`.
    """
    engine = engine_named(kind)
    base = _base(store, image, engine, progress)
    recipe = recipe_of(store, image)
    wanted = container(replace(recipe, inputs=inputs_of(store, image, recipe.lock, base, progress)), base)
    built = None if rebuild else engine.find(wanted)
    if built is not None:
        progress.log(f"container image {built.tag}, there already")
    else:
        with MachineFolder(store.id).scratch("render-") as folder:
            built = engine.load(wanted, folder, progress, anew=rebuild)
    _name_in_runs(store, image, built.tag)
    return built


def _name_in_runs(store: Store, image: ImageRecord, tag: str) -> None:
    """Runs that registered a model of the image find it again by `run.properties["AzureML.DerivedImageName"]`."""
    for model in image.manifest.models:
        with contextlib.suppress(NotFoundError):
            run = models.get(store, model.name, model.version).run_id
            if run is not None:
                experiments.name_image(store, run, tag)


def forget(store: Store, image: ImageRecord, progress: Progress, *, kind: str = "docker") -> None:
    """Remove the container renderings of an image that the workspace has no more, where an engine answers.

    One that a container runs stays, and is said: `jupyter mlops gc` finds it once the container is gone.
    """
    if not docker_client.answers():
        return
    engine = engine_named(kind)
    for built in engine.images(image.digest):
        labels = engine.labels(built.id)
        if (labels.get(f"{LABEL}.workspace"), labels.get("org.opencontainers.image.title")) != (store.id, image.id):
            continue
        try:
            engine.remove(built.id)
            progress.log(f"container image {built.tag} is removed")
        except InUseError:
            progress.log(f"warning: a container runs {built.tag}: `jupyter mlops gc` removes it when that is gone")


def forget_login(store: Store, image: ImageRecord) -> None:
    """Forget the login for the registry of an image's base when no other image stands on one of that registry."""
    base = image.manifest.base
    if base is None or not base.reference:
        return
    registry = own_base.registry_of(base.reference)
    with contextlib.suppress(UnreadableError):  # one of another version may stand on it
        others = (other.manifest.base for other in images.search(store) if other.manifest.base is not None)
        if all(own_base.registry_of(other.reference) != registry for other in others):
            secrets.forget_login(store.id, registry)


def rebuild(store: Store, image: ImageRecord, progress: Progress, *, kind: str = "docker") -> Built:
    """Make every layer of the image anew on the base that is there, and hold each against the one that is there.

    It promises our layers, bit for bit, on a base that is kept: by digest where it has one in a registry. Steps on a
    base ran once, in the engine that kept what they made; where that is gone they run again, and what they fetch may
    be newer by then, which the log says.

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


def save_context(store: Store, image: ImageRecord, folder: Path, base: str | None = None) -> Path:
    """Write a whole build context, for any builder; no engine is asked. The Dockerfile's path.

    Raises `UsageError` when the folder has something in it.
    """
    noted = image.properties.get(BASE, "").partition(" ")[0]
    base = base or noted or default_bases(image.manifest.python)[-1]
    return write_context(recipe_of(store, image), folder, base, server=server_of(store, image))


def _base(store: Store, image: ImageRecord, engine: Engine, progress: Progress) -> BaseImage:
    """The base that the image was asked to stand on or was first rendered on, else the default one; then noted."""
    noted = images.get(store, image.id).properties.get(BASE)  # whoever asks may have looked before the first rendering
    reference, _, known = (noted or "").partition(" ")
    own = image.manifest.base
    if own is None:
        base = engine.base(reference or None, image.manifest.python)
    else:
        base = bases.resolved(store, engine, own, image.manifest.python, progress)[1]
    if noted is None:
        images.add_properties(store, images.get(store, image.id), {BASE: f"{base.reference} {base.id}"})
    elif base.id != known:
        name = reference if own is None else own_base.said(own)
        progress.log(f"warning: the base image {name} is another one than when {image.id} was first rendered")
    return base


def recipe_of(store: Store, image: ImageRecord) -> Recipe:
    """All that the container image is made of."""
    lock = locks.get(store, image.manifest.lock)
    alone = ServiceSpec(
        service=image.name,
        revision=image.version,
        workspace="",
        image=image.id,
        manifest=image.manifest,
        lock=lock,
        content=f"/{IMAGE}",
        interpreter=f"/{ENVIRONMENT}/bin/python",
        options=ServiceOptions(),
    )
    return Recipe(
        name=image.id,
        manifest=image.manifest,
        lock=lock,
        blobs=store.blobs,
        revision=revision.document(alone),
        provenance=image.provenance,
        created=image.created,
        workspace=store.id,
    )
