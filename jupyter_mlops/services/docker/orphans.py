"""What crashes left in an engine: of services that the workspace does not know, and of deployments that were killed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from jupyter_mlops.docker_client import connect, ends_with_its_layers, engine_errors
from jupyter_mlops.services.docker.health import began_within
from jupyter_mlops.services.docker.resources import LABEL
from jupyter_mlops.services.docker.service import ContainerService

__all__ = ["Orphan", "find", "remove"]

_ENDED = ("exited", "created", "dead")
_ASKED_S = 600.0
"""A younger question may be somebody's who asks right now; it takes a second or two."""
_BUILT_S = 24 * 3600.0
"""No build of a base takes longer."""


class Orphan(NamedTuple):
    """One of them. `kind` is `container`, `volume`, `image` or `folder`."""

    kind: str
    name: str
    why: str


def find(
    workspace: str, services: Collection[str], images: Collection[str], at_work: Collection[str] = ()
) -> list[Orphan]:
    """The orphans of a workspace that has these services, and images of these digests.

    Services `at_work` are being changed now: what they have is left alone. Raises `ServiceError`.
    """
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
    for name in sorted(set(services) - set(at_work)):
        found += _of_killed_deployments(ContainerService(client, workspace, name))
    found += _questions(client)
    found += [
        Orphan("volume", volume.name, _why(_service(_labels(volume))))
        for volume in volumes
        # What a deleted service was to leave (`delete_volume=False`) is no orphan.
        if _service(_labels(volume)) not in services and _labels(volume).get(f"{LABEL}.role") != "data"
    ]
    found += [
        Orphan("image", tag, "the workspace has no such image any more")
        for image in kept
        if image.labels.get(f"{LABEL}.image") not in images and (tag := _rendering(image))
    ]
    return [*found, *_lent(client)]


def _rendering(image: Any) -> str | None:
    """Its name as one that we made; None for what somebody built on one of ours, which has its labels, too."""
    if not ends_with_its_layers(image, f"{LABEL}.layers"):
        return None
    named = next((tag for tag in image.tags if tag.startswith("jupyter-mlops/")), None)
    return named or (None if image.tags else str(image.id))


def _labels(volume: Any) -> dict[str, str]:
    found: dict[str, str] = volume.attrs.get("Labels") or {}
    return found


def _service(labels: dict[str, str]) -> str:
    return labels.get(f"{LABEL}.service", "")


def _why(service: str) -> str:
    return f"the workspace has no service {service!r}"


def _of_killed_deployments(service: ContainerService) -> Iterator[Orphan]:
    """Containers of a service that are not those of the revision it serves."""
    why = f"left by a deployment of {service.name!r} that was killed"
    for container in [*service.containers("front")[:-1], *service.containers("look")]:
        yield Orphan("container", container.name, why)
    front = service.front
    desired = None if front is None else service.recall(front, "desired")
    serving = None if desired is None else desired["generation"]
    for worker in service.workers():
        if worker.labels.get(f"{LABEL}.generation") != serving and front is not None:
            yield Orphan("container", worker.name, why)


def _questions(client: Any) -> Iterator[Orphan]:
    """Containers that a base image was asked in, and whose asker was killed."""
    with engine_errors("list its containers"):
        asked = client.containers.list(all=True, filters={"label": f"{LABEL}.role=question"})
    for container in asked:
        if container.status in _ENDED and not began_within(_ASKED_S, container.attrs["Created"]):
            yield Orphan("container", container.name, "asked a base image what it has, and was not removed")


def _lent(client: Any) -> Iterator[Orphan]:
    """Files that the steps of a base were lent, by a build that was killed."""
    with engine_errors("list its images"):
        lent = client.images.list(filters={"label": f"{LABEL}.role=lent"})
    for image in lent:
        if not began_within(_BUILT_S, image.attrs["Created"]):
            yield Orphan("image", next(iter(image.tags), image.id), "was lent to a build that was killed")


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
