"""What was made of what: models → images → services, as a graph."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from jupyter_mlops.errors import NotFoundError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.webservice import Webservice
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["Lineage", "Node", "lineage"]


@dataclass(frozen=True, kw_only=True)
class Node:
    """`label` is `name:version` of a model or an image, and the name of a service; `version` a service's revision."""

    kind: Literal["model", "image", "service"]
    label: str
    name: str
    version: int | None
    created: datetime

    @property
    def id(self) -> str:
        """`model/diabetes:1`."""
        return f"{self.kind}/{self.label}"


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """`edges` are pairs of nodes' ids, from what is used to what uses it. `services` are those of the nodes."""

    nodes: Sequence[Node]
    edges: Sequence[tuple[str, str]]
    services: Sequence[Webservice] = ()


def lineage(workspace: Workspace, *, everything: bool = False) -> Lineage:
    """What runs, what it was made of, and the newest of each name; `everything`: all versions."""
    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.webservice import Webservice

    services = Webservice.list(workspace)
    images = {image.id: image for image in Image.list(workspace)}
    runs = {service.name: service.image_id for service in services}
    chosen = set(images) if everything else _newest(images) | {image for image in runs.values() if image}
    shown = [images[image] for image in images if image in chosen]
    models = {model.id: model for model in Model.list(workspace, latest=not everything)}
    inside = {image.id: _inside(image) for image in shown}
    for model in {model for ids in inside.values() for model in ids} - set(models):
        models |= _found(workspace, model)
    return Lineage(
        nodes=[
            *(_node("model", model.id, model) for model in models.values()),
            *(_node("image", image.id, image) for image in shown),
            *(_node("service", service.name, service) for service in services),
        ],
        edges=[
            *((f"model/{model}", f"image/{image}") for image, ids in inside.items() for model in ids),
            *((f"image/{image}", f"service/{name}") for name, image in runs.items() if image in images),
        ],
        services=services,
    )


def _newest(images: dict[str, Image]) -> set[str]:
    """Of each name the newest: they come newest first."""
    seen: dict[str, str] = {}
    for image in images.values():
        seen.setdefault(image.name, image.id)
    return set(seen.values())


def _inside(image: Image) -> list[str]:
    try:
        return image.model_ids
    except UnreadableError:  # of another version: it is shown, and what it holds is not known
        return []


def _found(workspace: Workspace, id: str) -> dict[str, Model]:
    from jupyter_mlops.sdk.model import Model

    try:
        return {id: Model(workspace, id=id)}
    except NotFoundError:  # deleted in this moment
        return {}


def _node(kind: Literal["model", "image", "service"], label: str, noun: Model | Image | Webservice) -> Node:
    version = getattr(noun, "revision" if kind == "service" else "version")
    return Node(kind=kind, label=label, name=noun.name, version=version, created=noun.created_time)
