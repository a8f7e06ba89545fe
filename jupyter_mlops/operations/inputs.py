"""Wiring of what comes into a container image from outside: noted at its first rendering, kept in the workspace."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from jupyter_mlops.images.base_image import BaseImage
from jupyter_mlops.images.inputs import (
    Inputs,
    Pin,
    Server,
    pins_from,
    pins_to,
    resolve,
    server_files,
    server_requirements,
    server_tree,
)
from jupyter_mlops.images.plan import Frozen
from jupyter_mlops.records import EnvironmentLock, FileTree, ImageRecord, Progress, canonical_json, digest_of
from jupyter_mlops.registry import images, locks, pins
from jupyter_mlops.services.process.machine import MachineFolder
from jupyter_mlops.storage import Store

__all__ = ["BASE", "SERVER", "frozen", "inputs_now", "inputs_of", "kept_server", "pinned", "server_of", "unindexed"]

BASE = "container.base"
"""The property of an image that names the base of its first rendering: later ones stand on the same."""
SERVER = "container.server"
"""The property of an image that names the scoring server of its first rendering: the digest of its files and needs."""


def inputs_of(store: Store, image: ImageRecord, lock: EnvironmentLock, base: BaseImage, progress: Progress) -> Inputs:
    """What goes into the container of an image on this base: as it was noted, else as it is now, which is noted.

    Raises `RequirementError` for a package that no index serves for the base, `StorageError` for what is gone.
    """
    image = images.get(store, image.id)
    tree, requirements = kept_server(store, image) or _keep_server(store, image)
    packages = pinned(store, image.manifest.lock, unindexed(lock), base, progress)
    server = pinned(store, digest_of(list(requirements)), list(requirements), base, progress)
    return Inputs(
        packages=packages,
        server=server,
        server_files=tree,
        server_folder=_folder(store, tree),
        wheels=_wheels(store, (*packages, *server)),
    )


def inputs_now(store: Store, lock_digest: str, lock: EnvironmentLock, base: BaseImage, progress: Progress) -> Inputs:
    """What goes into a new image with this lock: its wheels as noted, the scoring server that is installed here."""
    needs, files = server_requirements(), server_files()
    packages = pinned(store, lock_digest, unindexed(lock), base, progress)
    server = pinned(store, digest_of(needs), needs, base, progress)
    return Inputs(
        packages=packages,
        server=server,
        server_files=server_tree(),
        server_folder=files[0][1].parents[1],
        wheels=_wheels(store, (*packages, *server)),
    )


def frozen(store: Store, image: ImageRecord) -> Frozen:
    """An image with all that its digests stand for."""
    return Frozen(
        manifest=image.manifest,
        lock=locks.get(store, image.manifest.lock),
        base=image.properties.get(BASE) if image.manifest.base is None else None,
        server=kept_server(store, image),
    )


def unindexed(lock: EnvironmentLock) -> list[str]:
    """The packages of a lock that an index has to serve, as `name==version`."""
    return [f"{package.name}=={package.version}" for package in lock.packages if package.wheel is None]


def pinned(store: Store, subject: str, requirements: list[str], base: BaseImage, progress: Progress) -> tuple[Pin, ...]:
    """The wheels of the requirements on this base, by what was noted under `subject`."""
    known = pins.get(store, subject, base.minor, base.platform)
    if known is None:
        found = [_kept(store, pin) for pin in resolve(requirements, base)]
        wheels = {pin.sha256 for pin in found if pin.kept}
        if found:
            also = f", {len(wheels)} of them kept themselves: they come from a folder" if wheels else ""
            progress.log(f"wheels: {len(found)}, noted by their hashes{also}")
        pins.save(store, subject, base.minor, base.platform, pins_to(found), wheels)
        known = pins.get(store, subject, base.minor, base.platform)
    assert known is not None
    return pins_from(known)


def _kept(store: Store, pin: Pin) -> Pin:
    """A wheel of a folder goes into the workspace: no index serves it to anybody else."""
    if pin.place is None or store.blobs.put_file(pin.place).sha256 != pin.sha256:
        return pin
    return replace(pin, kept=True)


def _wheels(store: Store, found: tuple[Pin, ...]) -> Path | None:
    """A folder of this machine with the wheels that are kept."""
    kept = {pin.file: pin.sha256 for pin in found if pin.kept}
    if not kept:
        return None
    folder = MachineFolder(store.id).root / "wheels" / digest_of(kept)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, sha256 in kept.items():
        if not (folder / name).exists():
            with tempfile.TemporaryDirectory(dir=folder.parent) as part:  # whole, or not there
                store.blobs.fetch(sha256, Path(part, name))
                Path(part, name).rename(folder / name)
    return folder


# ── the scoring server ──


def kept_server(store: Store, image: ImageRecord) -> tuple[FileTree, tuple[str, ...]] | None:
    """The files and requirements of the scoring server that the image was first rendered with; None before that."""
    noted = image.properties.get(SERVER)
    if noted is None:
        return None
    document = json.loads(store.blobs.get_bytes(noted))
    return store.blobs.get_tree(document["files"]), tuple(document["requirements"])


def server_of(store: Store, image: ImageRecord) -> Server:
    """The scoring server of an image, laid out on this machine: the kept one, else the one of this installation."""
    kept = kept_server(store, image)
    if kept is None:
        return Server.installed()
    tree, requirements = kept
    folder = _folder(store, tree)
    return Server(tuple((entry.path, folder / entry.path) for entry in tree.entries), requirements)


def _keep_server(store: Store, image: ImageRecord) -> tuple[FileTree, tuple[str, ...]]:
    """Note the server that is installed here for this image."""
    tree, requirements = server_tree(), tuple(server_requirements())
    if not store.blobs.exists(tree.digest):
        with tempfile.TemporaryDirectory() as place:
            tree = store.blobs.put_tree(_copied(Path(place)))
    document = canonical_json({"files": tree.digest, "requirements": requirements})
    digest = store.blobs.put_bytes(document)
    store.references.add(f"image/{image.id}", {digest, tree.digest, *(entry.sha256 for entry in tree.entries)})
    images.add_properties(store, image, {SERVER: digest})
    return tree, requirements


def _copied(folder: Path) -> Path:
    for name, path in server_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(path.read_bytes())
    return folder


def _folder(store: Store, tree: FileTree) -> Path:
    """The server's files on this machine: those of the installation where they are the same, else the kept ones."""
    own = dict(server_files())
    if server_tree().digest == tree.digest:
        return next(iter(own.values())).parents[1]
    home = MachineFolder(store.id).root / "servers" / tree.digest
    if not home.is_dir():
        home.parent.mkdir(mode=0o700, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
        try:
            store.blobs.fetch_tree(tree.digest, part)
            if not home.is_dir():
                part.rename(home)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return home
