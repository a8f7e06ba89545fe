"""What crashes left behind: the engine's side against the registry's."""

from __future__ import annotations

from jupyter_mlops.registry import images, services
from jupyter_mlops.services.docker import orphans
from jupyter_mlops.services.docker.orphans import Orphan, remove
from jupyter_mlops.storage import Store

__all__ = ["find", "remove"]


def find(store: Store) -> list[Orphan]:
    """Containers, volumes and images of this workspace in the Docker engine that it does not know any more.

    Raises `ServiceError` when no engine answers.
    """
    known = {service.name for service in services.search(store)}
    return orphans.find(store.id, known, {image.digest for image in images.search(store)})
