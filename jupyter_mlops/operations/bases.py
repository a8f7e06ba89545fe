"""The base of an image, frozen when an engine answers; credentials go from this machine to the engine alone."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from jupyter_mlops import docker_client, plugins
from jupyter_mlops.errors import RegistryError
from jupyter_mlops.images import own_base
from jupyter_mlops.images.base_image import BaseImage, Credentials
from jupyter_mlops.images.engine import Engine, Login
from jupyter_mlops.operations import ahead, secrets
from jupyter_mlops.operations.deployment import ImageParts
from jupyter_mlops.records import ImageManifest, ManifestBase, Progress
from jupyter_mlops.registry import locks
from jupyter_mlops.storage import Store

__all__ = ["counts_only_in_a_container", "engine_named", "frozen", "login_of", "resolved", "same"]


def engine_named(kind: str) -> Engine:
    """The engine of a kind. Raises `RequirementError` when its client is not installed."""
    return cast(Engine, plugins.load("engines", kind)())


def login_of(store: Store) -> Login:
    """The credentials that this machine keeps for a registry, if any."""

    def login(registry: str) -> Credentials | None:
        kept = secrets.login(store.id, registry)
        return None if kept is None else Credentials(username=kept[0], password=kept[1])

    return login


def frozen(store: Store, parts: ImageParts, progress: Progress) -> ImageParts:
    """The parts with their base frozen by digest, pulled, built and checked, when an engine answers.

    None answers: the base stays as it was named, and the log says so; whoever renders the image first finds out what
    it has. Raises `ImageError`.
    """
    if parts.base is None:
        return parts
    if not docker_client.answers():
        progress.log(
            f"warning: no Docker engine answers: the base {own_base.said(parts.base)} is kept by name, not by digest, "
            "and was not looked at"
        )
        return parts
    python = locks.get(store, parts.lock).python
    return replace(parts, base=resolved(store, engine_named("docker"), parts.base, python, progress)[0])


def resolved(
    store: Store, engine: Engine, base: ManifestBase, python: str, progress: Progress
) -> tuple[ManifestBase, BaseImage]:
    """The base, frozen, and as it is in the engine.

    A login that the registry refuses is kept no longer, so that the next try may do without. Raises `ImageError`.
    """
    known, used = login_of(store), set()

    def login(registry: str) -> Credentials | None:
        used.add(registry)
        return known(registry)

    try:
        frozen, made = engine.own_base(base, python, login, progress)
    except RegistryError:
        for registry in used:
            secrets.forget_login(store.id, registry)
        raise
    if base.steps or base.dockerfile:
        ahead.note(store, made.id)
    return frozen, made


def counts_only_in_a_container(manifest: ImageManifest, target: str) -> str | None:
    """What to say where an image with a base of its own runs without a container; None when there is none."""
    if manifest.base is None:
        return None
    return (
        f"the base {own_base.said(manifest.base)} counts only in a container: the target {target!r} runs the locked "
        "packages on this machine"
    )


def same(one: ImageManifest, other: ImageManifest) -> bool:
    """Whether they are one image, but for what an engine says of the base."""
    return _as_asked(one).digest == _as_asked(other).digest


def _as_asked(manifest: ImageManifest) -> ImageManifest:
    return manifest if manifest.base is None else replace(manifest, base=replace(manifest.base, digest=None, id=None))
