"""A whole build context: the Dockerfile and all that it copies. It needs no engine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from jupyter_mlops.errors import UsageError
from jupyter_mlops.images import dockerfile, layout, own_base
from jupyter_mlops.images.container import LABEL, Recipe
from jupyter_mlops.images.inputs import Server
from jupyter_mlops.images.unpack import Blobs, fetch_wheels
from jupyter_mlops.records import ImageManifest, canonical_json

__all__ = ["labels_of", "write_context"]


def write_context(
    recipe: Recipe,
    folder: Path,
    base: str,
    *,
    network: Mapping[str, bytes] | None = None,
    server: Server | None = None,
) -> Path:
    """Write `Dockerfile`, what it copies and the lists of packages into a new or empty folder; the Dockerfile's path.

    `base` is the default base, for an image that says nothing of one.
    `network` (`build_network.build_files`) is for a build on this machine: the files lie in the context and are
    mounted from there. Without it the build asks for them as secrets, and the folder can be given away.
    `server` is the scoring server; None: the one of this installation.

    Raises `UsageError` when the folder has something in it.
    """
    server = server or Server.installed()
    if folder.exists() and any(folder.iterdir()):
        raise UsageError("the folder is not empty", where=str(folder), hint="give a new one")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / layout.MODELS).mkdir(parents=True)
    for model in recipe.manifest.models:
        _write(recipe.blobs, model.digest, folder / layout.model_folder(model))
    _write(recipe.blobs, recipe.manifest.script.digest, folder / layout.source_folder(recipe.manifest.script))
    if recipe.lock.wheels:
        for _ in fetch_wheels(recipe.lock.wheels, recipe.blobs, folder / layout.WHEELS):
            continue
    for name, path in server.files:
        (folder / "server" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / "server" / name)
    reference = _reference(recipe.manifest, base)
    packages = [f"{package.name}=={package.version}" for package in recipe.lock.packages]
    about = {
        "format": 1,
        "name": recipe.name,
        "digest": recipe.manifest.digest,
        "packages": packages,
        "server": list(server.requirements),
        "base": {"reference": reference},
    }
    text = dockerfile.render(
        recipe.manifest,
        base,
        labels=labels_of(recipe.manifest, recipe.name, base),
        wheels=bool(recipe.lock.wheels),
        bound=None if network is None else tuple(network),
    )
    for name, content in (network or {}).items():
        (folder / dockerfile.SECRETS).mkdir(mode=0o700, exist_ok=True)
        (folder / dockerfile.SECRETS / name).write_bytes(content)
    documents = {
        "Dockerfile": text.encode(),
        ".dockerignore": b"Dockerfile\n.dockerignore\n",
        "requirements.txt": "".join(f"{line}\n" for line in packages).encode(),
        "server-requirements.txt": "".join(f"{line}\n" for line in server.requirements).encode(),
        layout.LOCK: recipe.blobs.get_bytes(recipe.manifest.lock),
        layout.MANIFEST: canonical_json(recipe.manifest.document()),
        "container.json": json.dumps(about, indent=1, sort_keys=True).encode(),
        "revision.json": canonical_json(dict(recipe.revision)),
    }
    for name, content in documents.items():
        (folder / name).write_bytes(content)
    return folder / "Dockerfile"


def labels_of(manifest: ImageManifest, name: str, base: str) -> dict[str, str]:
    """The labels of an image (`name:version`) that a Dockerfile makes; `base` as for `write_context`."""
    return {
        f"{LABEL}.image": manifest.digest,
        "org.opencontainers.image.title": name,
        "org.opencontainers.image.base.name": _reference(manifest, base),
    }


def _reference(manifest: ImageManifest, base: str) -> str:
    own = manifest.base
    return base if own is None else own.reference or own_base.said(own)


def _write(blobs: Blobs, digest: str, folder: Path) -> None:
    """The files of a tree, writable by their owner."""
    blobs.fetch_tree(digest, folder)
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
