"""What crashes left behind: the engine's side and the machine folder's against the registry's."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from jupyter_mlops import docker_client
from jupyter_mlops.operations import ahead, bases, follow
from jupyter_mlops.registry import images, operations, services
from jupyter_mlops.services.docker import orphans
from jupyter_mlops.services.docker.orphans import Orphan
from jupyter_mlops.services.process.machine import MachineFolder, disk_errors
from jupyter_mlops.storage import Store

__all__ = ["find", "remove"]

_SCRATCH = ("render-*", "environment-*")
_YOUNG_S = 3600.0
"""A folder may be that of a kernel that makes a container right now."""


def find(store: Store) -> list[Orphan]:
    """Containers, volumes and images of this workspace in the Docker engine that it does not know any more, what
    killed deployments left of services that it knows, bases and environments that nothing uses any more, and folders
    that killed builds left on this machine.

    Raises `ServiceError` when no engine answers and the workspace has services in one.
    """
    follow.sweep(store)
    known = services.search(store)
    in_docker = [service.name for service in known if service.target == "docker"]
    found = list(_folders(store))
    if not in_docker and not docker_client.answers():
        return found
    machine = MachineFolder(store.id)
    at_work = {name for name in in_docker if machine.service(name).busy()} | _at_work(store)
    digests = {image.digest for image in images.search(store)}
    left = orphans.find(store.id, {service.name for service in known}, digests, at_work)
    leaving = {orphan.name for orphan in left if orphan.kind == "image"}
    return [*left, *ahead.unused(store, bases.engine_named("docker"), leaving), *found]


def _at_work(store: Store) -> set[str]:
    running = [*operations.search(store, state="Queued"), *operations.search(store, state="Running")]
    return {operation.subject.removeprefix("service/") for operation in running}


def _folders(store: Store) -> Iterator[Orphan]:
    root = MachineFolder(store.id).root
    for path in sorted(path for pattern in _SCRATCH for path in root.glob(pattern)):
        if time.time() - path.stat().st_mtime > _YOUNG_S:
            yield Orphan("folder", str(path), "layers were made in it, and whoever made them was killed")


def remove(found: Collection[Orphan]) -> list[Orphan]:
    """Remove them; those that something still uses stay, and are returned."""
    for orphan in found:
        if orphan.kind == "folder":
            with disk_errors(Path(orphan.name)):
                shutil.rmtree(orphan.name)
    in_engine = [orphan for orphan in found if orphan.kind != "folder"]
    return orphans.remove(in_engine) if in_engine else []
