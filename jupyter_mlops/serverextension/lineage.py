"""The workflow picture: models → images → services, as a graph."""

from __future__ import annotations

from typing import Any

from jupyter_mlops.serverextension.asked import Asked

__all__ = ["graph"]


def graph(asked: Asked) -> dict[str, Any]:
    """What runs, what it was made of, and the newest of each name."""
    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.webservice import Webservice

    workspace, everything = asked.workspace, bool(asked.query["all"])
    services, images = Webservice.list(workspace), {image.id: image for image in Image.list(workspace)}
    looks = asked.running.states.of(services)
    runs = {service.name: service.image_id for service in services}
    chosen = set(images) if everything else _newest(images) | {image for image in runs.values() if image}
    shown = [images[image] for image in images if image in chosen]
    inside = {model for image in shown for model in image.model_ids}
    models = {model.id: model for model in Model.list(workspace, latest=not everything)}
    models |= {model: Model(workspace, id=model) for model in inside if model not in models}
    return {
        "nodes": [
            *(_node("model", model.id, model.name, model.version, model.created_time) for model in models.values()),
            *(_node("image", image.id, image.name, image.version, image.created_time) for image in shown),
            *(
                {
                    **_node("service", service.name, service.name, service.revision, service.created_time),
                    "state": status.state if (status := looks[service.name].status) else None,
                }
                for service in services
            ),
        ],
        "edges": [
            *(_edge(f"model/{model}", f"image/{image.id}") for image in shown for model in image.model_ids),
            *(_edge(f"image/{image}", f"service/{name}") for name, image in runs.items() if image in images),
        ],
    }


def _newest(images: dict[str, Any]) -> set[str]:
    """Of each name the newest: they come newest first."""
    seen: dict[str, str] = {}
    for image in images.values():
        seen.setdefault(image.name, image.id)
    return set(seen.values())


def _node(kind: str, id: str, name: str, version: int | None, created: Any) -> dict[str, Any]:
    return {
        "id": f"{kind}/{id}",
        "kind": kind,
        "name": name,
        "version": version,
        "label": id,
        "state": None,
        "created": created.isoformat(),
    }


def _edge(start: str, end: str) -> dict[str, str]:
    return {"from": start, "to": end}
