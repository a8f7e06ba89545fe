"""A docker-archive, streamed: configuration, `manifest.json`, and the layers that an engine lacks.

https://github.com/moby/docker-image-spec: an engine looks a layer up by its chain before it reads it, so that what it
has need not be sent. Purely computational but for the files that layers read.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from jupyter_mlops.images.layers import Entry
from jupyter_mlops.records import canonical_json

__all__ = ["Sendable", "archive"]

_BLOCK = 512


class Sendable(Protocol):
    """A layer's bytes (`layers.Layer`, or one that an engine saved)."""

    @property
    def diff_id(self) -> str: ...

    @property
    def size(self) -> int: ...

    def chunks(self) -> Iterator[bytes]: ...


def archive(
    configuration: bytes,
    diff_ids: Sequence[str],
    layers: Sequence[Sendable],
    tag: str,
    sent: Callable[[int], None] = lambda _: None,
) -> Iterator[bytes]:
    """The tar. `diff_ids` are those of all layers, `layers` the ones to send; `sent` is told the bytes of them."""
    digest = hashlib.sha256(configuration).hexdigest()
    listed = {"Config": f"{digest}.json", "RepoTags": [tag], "Layers": [_path(diff_id) for diff_id in diff_ids]}
    for name, content in ((f"{digest}.json", configuration), ("manifest.json", canonical_json([listed]))):
        entry = Entry(path=name, mode=0o444, content=content)
        yield entry.header()
        yield from entry.chunks()
    for layer in layers:
        info = tarfile.TarInfo(_path(layer.diff_id))
        info.size, info.mode = layer.size, 0o444
        yield info.tobuf(tarfile.PAX_FORMAT)
        for chunk in layer.chunks():
            yield chunk
            sent(len(chunk))
        yield b"\0" * (-layer.size % _BLOCK)
    yield b"\0" * (2 * _BLOCK)


def _path(diff_id: str) -> str:
    return f"{diff_id.partition(':')[2]}/layer.tar"
