"""What a deployment asks for, as one value: it is recorded as JSON before anything happens."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from jupyter_mlops.records import ManifestBase, Provenance, ServiceOptions
from jupyter_mlops.storage.documents import decode

__all__ = ["ImageParts", "Request", "base_from_dict", "options_from_dict", "provenance_from_dict"]


@dataclass(frozen=True, kw_only=True)
class ImageParts:
    """What an image is made of: models as `name:version`, the digests of a script and of an environment lock.

    `base` None: the default base.
    """

    models: tuple[str, ...]
    script: str
    lock: str
    base: ManifestBase | None = None

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> ImageParts:
        """From its `asdict`."""
        return decode(cls, document)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A service and what it shall run: either an image that exists, or the parts to make one of.

    `interpreter` is the Python to prefer for the service's workers; `overwrite` allows a name that is taken by a
    service that runs (it becomes an update).
    """

    service: str
    image: str | None = None
    parts: ImageParts | None = None
    target: str = "process"
    target_name: str | None = None
    options: ServiceOptions = field(default_factory=ServiceOptions)
    description: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    overwrite: bool = False
    interpreter: str
    provenance: Provenance

    def to_dict(self) -> dict[str, Any]:
        """As JSON; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Request:
        return decode(cls, document)

    def of_image(self, image: str) -> Request:
        """The same deployment, of an image that exists by now."""
        return replace(self, image=image, parts=None)


def base_from_dict(document: dict[str, Any] | None) -> ManifestBase | None:
    """`ManifestBase` from its `asdict`."""
    return None if document is None else decode(ManifestBase, document)


def options_from_dict(document: dict[str, Any]) -> ServiceOptions:
    """`ServiceOptions` from its `asdict`, whose tuples JSON made lists; what only another version knows is left out."""
    return decode(ServiceOptions, document)


def provenance_from_dict(document: dict[str, Any]) -> Provenance:
    """`Provenance` from its `asdict`."""
    return decode(Provenance, document)
