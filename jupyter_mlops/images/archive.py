"""A docker-archive, streamed: the layers that an engine lacks, then the configuration and `manifest.json`.

https://github.com/moby/docker-image-spec: an engine looks a layer up by its chain before it reads it, so that what it
has need not be sent; and it reads `manifest.json` once it has all, so that a layer's digest may become known while its
bytes go out. Purely computational but for the files that layers read.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from jupyter_mlops.images.layers import Entry
from jupyter_mlops.records import canonical_json

__all__ = ["Sendable", "closing", "layer_file", "path_of"]

_BLOCK = 512
_SENT = 1 << 20
"""Bytes that go out at once: an engine's answer to each is dear, and a layer has thousands of small files."""


class Sendable(Protocol):
    """A layer's bytes (`layers.Layer`, or one that an engine saved)."""

    @property
    def size(self) -> int: ...

    def chunks(self) -> Iterator[bytes]: ...


def layer_file(layer: Sendable, path: str, sent: Callable[[int], None] = lambda _: None) -> Generator[bytes, None, str]:
    """One layer of the archive, as `path`; `sent` is told its bytes. Returns their digest (`sha256:…`).

    Hashing goes on beside reading and sending.
    """
    info = tarfile.TarInfo(path)
    info.size, info.mode = layer.size, 0o444
    yield info.tobuf(tarfile.PAX_FORMAT)
    digest = hashlib.sha256()
    with ThreadPoolExecutor(1, thread_name_prefix="layer-digest") as hasher:
        for block in _blocks(layer.chunks()):
            hashed = hasher.submit(digest.update, block)
            yield block
            sent(len(block))
            hashed.result()
    yield b"\0" * (-layer.size % _BLOCK)
    return f"sha256:{digest.hexdigest()}"


def closing(configuration: bytes, paths: Sequence[str], tag: str) -> Iterator[bytes]:
    """What ends the archive. `paths` are those of all layers, the lowest first, also of those that are not in it."""
    name = f"{hashlib.sha256(configuration).hexdigest()}.json"
    listed = canonical_json([{"Config": name, "RepoTags": [tag], "Layers": list(paths)}])
    for entry in (
        Entry(path=name, mode=0o444, content=configuration),
        Entry(path="manifest.json", mode=0o444, content=listed),
    ):
        yield entry.header()
        yield from entry.chunks()
    yield b"\0" * (2 * _BLOCK)


def path_of(diff_id: str) -> str:
    """Where a layer lies in the archive, or would lie."""
    return f"{diff_id.partition(':')[2]}/layer.tar"


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, the small ones together."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= _SENT:
            yield held[0] if len(held) == 1 else b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
