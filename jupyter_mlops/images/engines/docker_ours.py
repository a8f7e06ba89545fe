"""What was made here, by its labels and the names that only we give. Labels alone are inherited: an image that
somebody built on one of ours has them too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyter_mlops.docker_client import engine_errors
from jupyter_mlops.images.container import LABEL
from jupyter_mlops.images.engine import Ours
from jupyter_mlops.images.engines.docker_bases import tag_of

__all__ = ["ours"]

_BELOW = "org.opencontainers.image.base.digest"


def ours(client: Any) -> Iterator[Ours]:
    """Images, environments, and bases of steps."""
    with engine_errors("list its images"):
        rendered = client.images.list(filters={"label": f"{LABEL}.identity"})
        built = client.images.list(filters={"label": f"{LABEL}.base"})
    for image in rendered:
        lock = image.labels.get(f"{LABEL}.environment", "")
        tag = _named(image, "jupyter-mlops/environment:") if lock else None
        kind = "environment" if tag else "image"
        shown = tag or next(iter(image.tags), image.id)
        yield Ours(kind=kind, id=image.id, tag=shown, on=image.labels.get(_BELOW, ""), lock=lock)
    for image in built:
        tag = _named(image, tag_of(image.labels[f"{LABEL}.base"]))
        if tag is not None:
            yield Ours(kind="base", id=image.id, tag=tag)


def _named(image: Any, beginning: str) -> str | None:
    return next((tag for tag in image.tags if tag.startswith(beginning)), None)
