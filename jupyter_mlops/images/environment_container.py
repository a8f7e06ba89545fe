"""The base and the packages of an environment alone, so that an image with them has those layers there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_mlops.images.base_image import BaseImage
from jupyter_mlops.images.container import LABEL, LayerRecord, Part, environment_parts
from jupyter_mlops.images.inputs import Inputs
from jupyter_mlops.images.unpack import Blobs
from jupyter_mlops.records import EnvironmentLock, canonical_json, digest_of

__all__ = ["EnvironmentContainer"]


@dataclass(frozen=True)
class EnvironmentContainer:
    """What `Environment.build` makes. `blobs` have the distributions that no index serves."""

    name: str
    lock: EnvironmentLock
    blobs: Blobs
    base: BaseImage
    inputs: Inputs

    @property
    def parts(self) -> tuple[Part, ...]:
        return environment_parts(self.lock, self.blobs, self.base, self.inputs)

    @property
    def identity(self) -> str:
        return digest_of(["environment", self.base.id, [part.key for part in self.parts]])

    @property
    def tag(self) -> str:
        return f"jupyter-mlops/environment:{self.lock.digest[:8]}-{self.identity[:8]}"

    def configuration(self, layers: Sequence[LayerRecord]) -> bytes:
        """The image's configuration: the base's Python starts, with the packages at hand."""
        base = self.base
        history = [{"created_by": f"base {base.reference}"} for _ in base.diff_ids]
        labels = {
            f"{LABEL}.environment": self.lock.digest,
            f"{LABEL}.identity": self.identity,
            f"{LABEL}.layers": canonical_json(list(layers)).decode(),
            "org.opencontainers.image.title": self.name,
            "org.opencontainers.image.base.name": base.reference,
            "org.opencontainers.image.base.digest": base.id,
        }
        return canonical_json(
            {
                "architecture": base.architecture,
                "os": base.os,
                "config": {"Env": list(base.environment), "Cmd": ["/opt/mlops/env/bin/python"], "Labels": labels},
                "rootfs": {"type": "layers", "diff_ids": [*base.diff_ids, *(one["diff_id"] for one in layers)]},
                "history": [*history, *({"created_by": f"jupyter_mlops {layer['name']}"} for layer in layers)],
            }
        )
