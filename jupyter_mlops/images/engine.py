"""The seam: what makes, keeps and moves container images. Every engine passes `tests/contracts/test_engines.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from jupyter_mlops.images.base_image import BaseImage, Credentials
from jupyter_mlops.images.container import LayerRecord, Part
from jupyter_mlops.records import ManifestBase, Progress

__all__ = ["Built", "Engine", "Login", "Ours", "Renderable"]

Login = Callable[[str], Credentials | None]
"""The credentials for a registry (`127.0.0.1:5000`, `docker.io`); None: those that the engine's own client knows."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """A container image in an engine. `made` names the layers that were made for it; the others were there."""

    id: str
    tag: str
    layers: tuple[dict[str, str], ...] = ()
    made: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ours:
    """A container image that was made here. `kind`: `image`; `base` (of steps) and `environment`, made ahead of any.

    `on` is the id of what it stands on, `lock` the digest of an environment's lock.
    """

    kind: str
    id: str
    tag: str
    on: str = ""
    lock: str = ""


class Renderable(Protocol):
    """A container image to be: an image's (`container.Container`), or an environment's."""

    @property
    def base(self) -> BaseImage: ...

    @property
    def parts(self) -> tuple[Part, ...]:
        """The layers on the base, the lowest first."""

    @property
    def identity(self) -> str:
        """The digest of all that decides over its bytes; a label of the same says it."""

    @property
    def tag(self) -> str: ...

    def configuration(self, layers: Sequence[LayerRecord]) -> bytes:
        """The image's configuration (OCI image-spec) with these layers."""


class Engine(Protocol):
    """Each method raises `ImageError`, `ServiceError` or `StorageError` in one line."""

    kind: ClassVar[str]

    def base(self, reference: str | None, python: str, credentials: Credentials | None = None) -> BaseImage:
        """A base image for this Python version, pulled when it is not there; None: the default one.

        Raises `ImageError` that says what the base lacks.
        """

    def own_base(
        self, wanted: ManifestBase, python: str, login: Login, progress: Progress
    ) -> tuple[ManifestBase, BaseImage]:
        """A base that was asked for: pulled when it is not there, its steps built once. Also itself, frozen by digest.

        Raises `ImageError` that says what the base lacks, which step failed, or that the registry refuses.
        """

    def has(self, reference: str) -> bool:
        """Whether an image of this name is there; nothing is pulled."""

    def sizes(self, base: BaseImage, keys: Sequence[str]) -> list[int | None]:
        """Bytes of the layers with these keys, each on the one before, the lowest on the base; None: not there."""

    def own_base_there(self, wanted: ManifestBase, python: str) -> BaseImage | None:
        """The same where all of it is there already; None where something is to be pulled or built."""

    def find(self, container: Renderable) -> Built | None:
        """The container image, when it is there as it would be made."""

    def load(self, container: Renderable, scratch: Path, progress: Progress, *, anew: bool = False) -> Built:
        """Make the layers that the engine lacks (`anew`: all of them), send them, tag the image.

        `scratch` is an empty folder.
        """

    def build(self, context: Path, tag: str, progress: Progress) -> Built:
        """Build a folder with a Dockerfile."""

    def push(self, built: str, reference: str, progress: Progress, credentials: Credentials | None = None) -> str:
        """Push an image (id or tag) as `registry/name:tag`; its digest there."""

    def pull(self, reference: str, progress: Progress, credentials: Credentials | None = None) -> str:
        """Pull; the image's id."""

    def labels(self, image: str) -> dict[str, str]:
        """Of an image."""

    def images(self, digest: str | None = None) -> list[Built]:
        """The container images of ours, or those of one manifest's digest."""

    def ours(self) -> list[Ours]:
        """All that was made here; nothing that somebody pulled or built by himself."""

    def base_ids(self, wanted: ManifestBase, python: str) -> set[str]:
        """Ids of those images that make up this base, as far as they are there; nothing is pulled or built."""

    def remove(self, image: str) -> None:
        """Remove an image and its tags; not there is no error. Raises `InUseError` while a container runs it."""

    def save(self, image: str, file: Path) -> None:
        """Write it as a docker-archive."""

    def raw(self) -> Any:
        """The engine's own client, for tests."""
