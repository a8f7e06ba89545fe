"""What crashes left in an engine: containers and volumes of services that the workspace does not know any more."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from jupyter_mlops.docker_client import connect, engine_errors
from jupyter_mlops.services.docker.resources import LABEL

__all__ = ["Orphan", "find", "remove"]


class Orphan(NamedTuple):
    """One of them. `kind` is `container`, `volume` or `image`."""

    kind: str
    name: str
    why: str


def find(workspace: str, services: Collection[str], images: Collection[str]) -> list[Orphan]:
    """The orphans of a workspace that has these services, and images of these digests. Raises `ServiceError`."""
    client = connect()
    mine = {"label": f"{LABEL}.workspace={workspace}"}
    with engine_errors("list what it has"):
        containers = client.containers.list(all=True, filters=mine)
        volumes = client.volumes.list(filters=mine)
        kept = client.images.list(filters=mine)
    found = [
        Orphan("container", container.name, _why(_service(container.labels)))
        for container in containers
        if _service(container.labels) not in services and f"{LABEL}.role" in container.labels
    ]
    found += [
        Orphan("volume", volume.name, _why(_service(volume.attrs.get("Labels") or {})))
        for volume in volumes
        if _service(volume.attrs.get("Labels") or {}) not in services
    ]
    found += [
        Orphan("image", next(iter(image.tags), image.id), "the workspace has no such image any more")
        for image in kept
        if image.labels.get(f"{LABEL}.image") not in images
    ]
    return found


def _service(labels: dict[str, str]) -> str:
    return labels.get(f"{LABEL}.service", "")


def _why(service: str) -> str:
    return f"the workspace has no service {service!r}"


def remove(orphans: Collection[Orphan]) -> list[Orphan]:
    """Remove them; those that something still uses stay, and are returned."""
    from docker.errors import APIError, NotFound

    client = connect()
    shelves: dict[str, Any] = {"container": client.containers, "volume": client.volumes, "image": client.images}
    stayed = []
    for orphan in sorted(orphans, key=lambda one: list(shelves).index(one.kind)):
        with engine_errors(f"remove the {orphan.kind} {orphan.name}"):
            try:
                if orphan.kind == "image":
                    client.images.remove(orphan.name)
                else:
                    shelves[orphan.kind].get(orphan.name).remove(force=True)
            except NotFound:
                continue
            except APIError as error:
                if error.status_code != 409:
                    raise
                stayed.append(orphan)
    return stayed
