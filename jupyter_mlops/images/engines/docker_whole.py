"""For an engine that takes no part of an image: the layers of its base, out of the engine itself.

Engines with the containerd image store, and Podman, know no layer by its chain when they load: they want every layer in
the archive (https://docs.docker.com/engine/storage/containerd/).
"""

from __future__ import annotations

import json
import posixpath
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.docker_client import engine_errors
from jupyter_mlops.errors import ImageError
from jupyter_mlops.images.base_image import BaseImage

__all__ = ["SavedLayer", "base_layers"]

_READ = 1 << 20


@dataclass(frozen=True)
class SavedLayer:
    """A layer as an engine saved it, packed or not; `diff_id` is that of the layer unpacked."""

    diff_id: str
    size: int
    _archive: Path = field(repr=False)
    _member: str = field(repr=False)

    def chunks(self) -> Iterator[bytes]:
        with tarfile.open(self._archive) as tar, tar.extractfile(self._member) as file:  # type: ignore[union-attr]
            while data := file.read(_READ):
                yield data


def base_layers(client: Any, base: BaseImage, scratch: Path) -> list[SavedLayer]:
    """The base's layers, the lowest first; `scratch` keeps their bytes for as long as they are read.

    Raises `ImageError`, `ServiceError`.
    """
    saved = scratch / "base.tar"
    with engine_errors("save the base image"), saved.open("wb") as file:
        for chunk in client.images.get(base.id).save():
            file.write(chunk)
    with tarfile.open(saved) as tar:
        listing = tar.extractfile("manifest.json")
        paths = [] if listing is None else json.load(listing)[0]["Layers"]
        if len(paths) != len(base.diff_ids):
            raise ImageError(f"the engine did not save all layers of the base {base.reference}")
        members = [_file(tar, path) for path in paths]
    return [
        SavedLayer(diff_id, member.size, saved, member.name)
        for diff_id, member in zip(base.diff_ids, members, strict=True)
    ]


def _file(tar: tarfile.TarFile, path: str) -> tarfile.TarInfo:
    """The member, of links the one that they lead to: an engine saves a layer that comes twice but once."""
    member = tar.getmember(path)
    while member.issym():
        member = tar.getmember(posixpath.normpath(posixpath.join(posixpath.dirname(member.name), member.linkname)))
    return member
