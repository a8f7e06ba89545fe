"""Models, script and environment, frozen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from jupyter_mlops.records.digests import digest_of
from jupyter_mlops.records.models import Signature
from jupyter_mlops.records.provenance import Provenance

__all__ = ["ImageManifest", "ImageRecord", "ManifestBase", "ManifestModel", "ManifestScript"]


@dataclass(frozen=True)
class ManifestModel:
    name: str
    version: int
    digest: str


@dataclass(frozen=True)
class ManifestScript:
    name: str
    digest: str
    entry_script: str
    source_directory: str = "source"


@dataclass(frozen=True, kw_only=True)
class ManifestBase:
    """What an image stands on in a container, where that is not the default base. It names no credentials.

    `reference` is as an engine takes it (`registry/name:tag`); empty: the default base of the Python version.
    """

    reference: str = ""
    digest: str | None = None
    """Of the reference in its registry (`sha256:…`); None: no engine has said it, or it is in an engine alone."""
    id: str | None = None
    """Of one that is in an engine alone: its id there."""
    steps: str = ""
    """Lines of a Dockerfile that run on it."""
    dockerfile: str = ""
    """A whole Dockerfile that makes the base, in place of `reference`."""


@dataclass(frozen=True, kw_only=True)
class ImageManifest:
    """What is frozen in an image; its digest is the image's address.

    `lock` is the digest of the `EnvironmentLock`, kept as a blob; `scoring` the version of the scoring server;
    `base` what was asked for in place of the default one.
    """

    models: tuple[ManifestModel, ...]
    script: ManifestScript
    lock: str
    python: str
    scoring: str
    signature: Signature | None = None
    sample_input: str | None = None
    sample_output: Any = None
    has_sample_output: bool = False
    base: ManifestBase | None = None

    def document(self) -> dict[str, Any]:
        """As JSON. An image on the default base says nothing of one, and none says anything of a profile, so that its
        digest is as it ever was."""
        known = {name: value for name, value in asdict(self).items() if name != "base" or value is not None}
        if self.signature is not None:
            known["signature"] = {name: value for name, value in known["signature"].items() if name != "profile"}
        return known

    @property
    def digest(self) -> str:
        return digest_of(self.document())


@dataclass(frozen=True, kw_only=True)
class ImageRecord:
    """`name:version` of a manifest."""

    name: str
    version: int
    digest: str
    manifest: ImageManifest
    description: str | None
    tags: dict[str, str]
    properties: dict[str, str]
    operation: str | None
    """The operation that built it: its log is the build log."""
    provenance: Provenance
    created: datetime

    @property
    def id(self) -> str:
        return f"{self.name}:{self.version}"
