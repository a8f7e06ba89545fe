"""The archive of one load: what the engine lacks is made, read once, and hashed while it goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from jupyter_mlops.errors import ImageError
from jupyter_mlops.images.archive import Sendable, closing, layer_file, path_of
from jupyter_mlops.images.container import LayerRecord
from jupyter_mlops.images.engine import Renderable
from jupyter_mlops.images.layers import Layer
from jupyter_mlops.records import Progress

__all__ = ["Known", "Load"]

Known = Mapping[tuple[tuple[str, ...], str], LayerRecord]
"""Layers that an engine has, by the layers below them (their diff ids) and their key."""


class Load:
    """A container image on its way into an engine.

    `records` are those of its layers, the lowest first: of the ones that the engine has, and of each other one once
    all of it was sent.
    """

    def __init__(self, container: Renderable, known: Known, scratch: Path, progress: Progress):
        self._container = container
        self._progress = progress
        self.records: list[LayerRecord] = []
        for part in container.parts:
            there = known.get((tuple(one["diff_id"] for one in self.records), part.key))
            if there is None:
                break
            self.records.append(there)
        self._there = len(self.records)
        self._new = [part.make(scratch, progress) for part in container.parts[self._there :]]

    @property
    def made(self) -> tuple[str, ...]:
        """The names of the layers that are new in the engine."""
        return tuple(layer.name for layer in self._new)

    def archive(self) -> Iterator[bytes]:
        """The archive for an engine that needs no layer that it has."""
        paths = [path_of(diff_id) for diff_id in (*self._container.base.diff_ids, *self._ids())]
        sent = _told(self._new, self._progress)
        while len(self.records) < len(self._container.parts):
            layer = self._next()
            paths.append(f"{len(self.records)}/layer.tar")
            self._record(layer, (yield from layer_file(layer, paths[-1], sent)))
        yield from closing(self._container.configuration(self.records), paths, self._container.tag)

    def whole(self, base: Sequence[Sendable], scratch: Path) -> Iterator[bytes]:
        """The archive with every layer: those of the `base`, those that are new, and the engine's own, made once more.

        Raises `ImageError` when one of those comes out otherwise than the engine has it.
        """
        while len(self.records) < len(self._container.parts):  # of those that were not sent
            layer = self._next()
            self._record(layer, layer.diff_id)
        new = [self._finished(number) for number in range(self._there, len(self.records))]
        layers: list[Sendable] = [*base, *self._made_again(scratch), *new]
        paths = [path_of(diff_id) for diff_id in (*self._container.base.diff_ids, *self._ids())]
        sent = _told(layers, self._progress)
        for each, path in zip(layers, paths, strict=True):
            yield from layer_file(each, path, sent)
        yield from closing(self._container.configuration(self.records), paths, self._container.tag)

    def _ids(self) -> list[str]:
        return [record["diff_id"] for record in self.records]

    def _next(self) -> Layer:
        return self._finished(len(self.records))

    def _finished(self, number: int) -> Layer:
        """A new layer with what it says of those below."""
        about = self._container.parts[number].about(self.records[:number])
        return self._new[number - self._there].with_entries(about)

    def _record(self, layer: Layer, diff_id: str) -> None:
        self.records.append({"name": layer.name, "key": layer.key, "diff_id": diff_id})

    def _made_again(self, scratch: Path) -> Iterator[Layer]:
        for part, record in zip(self._container.parts, self.records[: self._there], strict=False):
            layer = part.make(scratch, self._progress)
            if layer.diff_id != record["diff_id"]:
                raise ImageError(
                    f"the layer {layer.name} came out otherwise than it is in the engine",
                    hint=f"remove the images jupyter-mlops/… from the engine, then build {self._container.tag} again",
                )
            yield layer


def _told(layers: Sequence[Sendable], progress: Progress) -> Callable[[int], None]:
    """Bytes that were sent → the fraction of all of them."""
    total, done = sum(layer.size for layer in layers) or 1, 0

    def told(more: int) -> None:
        nonlocal done
        done += more
        progress.fraction(min(1.0, done / total))

    return told
