"""What served is brought back, whatever of it was stopped or removed: from what its volume remembers."""

from __future__ import annotations

import threading
from typing import Any

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.services.docker.health import wait_for_front, wait_for_replicas
from jupyter_mlops.services.docker.resources import Settings
from jupyter_mlops.services.docker.service import ContainerService
from jupyter_mlops.services.docker.status import script_of
from jupyter_mlops.services.process.candidate import bring_up
from jupyter_mlops.services.target import Silent

__all__ = ["bring_back"]

_LOOK_S = 0.02


def bring_back(service: ContainerService) -> None:
    """Start what is there and make what is missing, at the address and with the keys that it had.

    Raises `ServiceError`, with the script's own traceback where that is the reason.
    """
    service.remove(service.containers("front")[:-1])  # of a move that was killed: the one before has the last word
    front = service.front
    desired = service.recall(front, "desired") if front is not None else _remembered(service)
    if desired is None:
        raise ServiceError(
            f"service {service.name!r} was never up", hint=f"deploy it again: %deploy {service.name} --overwrite …"
        )
    if front is None:
        front = service.make_front(desired["wanted"]["image"], Settings(**desired["settings"]), {})
    made = _bring_back_replicas(service, desired)
    if not service.runs(front):
        service.start(front, [])
    seen = _begun(service, front)
    if made or not _serves(seen, desired):
        document = service.recall(front, "revision")
        if document is None:
            raise ServiceError(f"the volume of {service.name!r} has lost its revision", hint="update the service")
        bring_up(service.door(front), document, script_of(desired)[1], Silent(), None)


def _remembered(service: ContainerService) -> dict[str, Any] | None:
    image = service.image()
    if image is None:
        raise ServiceError(
            f"the containers and the image of {service.name!r} are gone",
            hint=f"%update_service {service.name} … makes them again",
        )
    return service.remembered(image)


def _bring_back_replicas(service: ContainerService, desired: dict[str, Any]) -> bool:
    """Whether any was not running."""
    there = {worker.name: worker for worker in service.workers(desired["generation"])}
    missing = [keywords for keywords in desired["containers"] if keywords["name"] not in there]
    stopped = [worker for worker in there.values() if not service.runs(worker)]
    for worker in stopped:
        service.start(worker, [])
    made = service.make_workers(missing)
    wait_for_replicas(service, made)
    return bool(made or stopped)


def _begun(service: ContainerService, front: Any) -> dict[str, Any]:
    """A front that starts brings its revision up by itself; what it says when that has ended, one way or the other."""
    while True:
        seen = wait_for_front(service, front)
        if seen["state"] != "Transitioning":
            return seen
        threading.Event().wait(_LOOK_S)


def _serves(seen: dict[str, Any], desired: dict[str, Any]) -> bool:
    ready = [worker for worker in seen.get("workers") or () if worker["state"] == "Ready"]
    return (
        seen.get("revision") == desired["revision"]
        and seen.get("state") == "Healthy"
        and len(ready) == seen.get("replicas")
    )
