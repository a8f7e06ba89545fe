"""The target `docker`: deploy, look, start again, delete."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlops.docker_client import connect, engine_errors
from jupyter_mlops.errors import NotFoundError, ServiceError, UsageError
from jupyter_mlops.records import Progress, ServiceOptions, ServiceSpec, ServiceStatus
from jupyter_mlops.services.docker import files, resources
from jupyter_mlops.services.docker.bringing import DRAIN_S, Bringing, wanted_of
from jupyter_mlops.services.docker.output import lines_of, page
from jupyter_mlops.services.docker.recovery import bring_back
from jupyter_mlops.services.docker.reloading import reload
from jupyter_mlops.services.docker.resources import LABEL, Settings
from jupyter_mlops.services.docker.service import ContainerService, settings_of
from jupyter_mlops.services.docker.status import status_of
from jupyter_mlops.services.log_pages import LogPage, counted
from jupyter_mlops.services.process import keys
from jupyter_mlops.services.process.control import ControlDoor, NotAnswering
from jupyter_mlops.services.process.machine import MachineFolder
from jupyter_mlops.services.target import (
    Capabilities,
    NewScript,
    ProbeAnswer,
    check_values,
    options_schema,
    refuse_unknown_options,
)

__all__ = ["DockerTarget"]

_REFUSED = {
    "preload": "each worker of a container loads the script itself; use threads, or --target process",
    "enable_app_insights": "use /metrics, or %monitor",
}
_HONOURED = frozenset(option.name for option in fields(ServiceOptions)) - _REFUSED.keys()


class DockerTarget:
    """Services as containers, of one workspace, in the engine that `docker` talks to."""

    kind: ClassVar[str] = "docker"
    engine: ClassVar[str] = "docker"
    """Images are rendered as containers in this engine before they come here."""

    def __init__(self, workspace_id: str, configuration: dict[str, Any]) -> None:
        self._workspace = workspace_id
        self._machine = MachineFolder(workspace_id)
        self._host = str(configuration.get("host", "127.0.0.1"))

    @cached_property
    def _client(self) -> Any:
        return connect()

    def capabilities(self) -> Capabilities:
        return Capabilities(_HONOURED, options_schema(_HONOURED))

    def check(self, options: ServiceOptions) -> None:
        refuse_unknown_options(self.kind, options, _HONOURED, _REFUSED)
        check_values(options)
        for name in ("cpu_cores", "memory_gb", "replicas"):
            value = getattr(options, name)
            if value is not None and value <= 0:
                raise UsageError(f"{name}={value} is too small", hint="leave it out, or give more")

    def names(self) -> list[str]:
        workspace = f"{LABEL}.workspace={self._workspace}"
        with engine_errors("list what it has"):
            containers = self._client.containers.list(all=True, filters={"label": workspace})
            volumes = self._client.volumes.list(filters={"label": [workspace, f"{LABEL}.role=volume"]})
        found = [one.labels for one in containers] + [one.attrs.get("Labels") or {} for one in volumes]
        return sorted({labels[f"{LABEL}.service"] for labels in found if f"{LABEL}.service" in labels})

    def _service(self, name: str) -> ContainerService:
        return ContainerService(self._client, self._workspace, name)

    # ── bringing up ──

    def deploy(self, spec: ServiceSpec, progress: Progress, check: Callable[[ProbeAnswer], None]) -> ServiceStatus:
        self.check(spec.options)
        if spec.container is None:
            raise ServiceError("the image has no container rendering", hint="build it first: %build_image")
        service = self._service(spec.service)
        with service.doors_kept():
            with self._alone(spec.service, f"deploy of revision {spec.revision}"):
                settings, secret = settings_of(spec.options)
                wanted, front = wanted_of(spec, secret), service.front
                if not self._is_up(service, front, spec, settings, wanted):
                    Bringing(service, spec, settings, secret, wanted, progress, check).run(front)
            return self._status(service, service.front)

    def _is_up(
        self, service: ContainerService, front: Any, spec: ServiceSpec, settings: Settings, wanted: dict[str, Any]
    ) -> bool:
        """Whether this very revision serves, as the spec has it."""
        if front is None or service.settings(front).differs(settings):
            return False
        kept = service.recall(front, "desired")
        if not kept or kept["wanted"] != wanted or kept.get("reloaded") or service.serves(front) != spec.revision:
            return False
        return len(service.workers(kept["generation"])) == len(kept.get("containers", ()))

    @contextlib.contextmanager
    def _alone(self, name: str, doing: str) -> Iterator[None]:
        """Only one of this machine at a time changes a service."""
        folder = self._machine.service(name)
        with folder.exclusive(doing):
            yield

    def start(self, name: str) -> ServiceStatus:
        service, _ = self._there(name)
        with self._alone(name, "start"), service.doors_kept():
            bring_back(service)
        return self.status(name)

    def reload(self, name: str, new: NewScript, progress: Progress, check: Callable[[ProbeAnswer], None]) -> None:
        service, front = self._running(name)
        with self._alone(name, "reload"), service.doors_kept():
            reload(service, front, new, progress, check)

    # ── looking ──

    def _there(self, name: str) -> tuple[ContainerService, Any]:
        """The service and its front; None for a front that somebody removed."""
        service = self._service(name)
        front = service.front
        if front is None and not service.is_there():
            known = ", ".join(self.names()) or "none"
            raise NotFoundError(f"no service {name!r} runs in this Docker engine", hint=f"there are: {known}")
        return service, front

    def _running(self, name: str) -> tuple[ContainerService, Any]:
        service, front = self._there(name)
        if front is None or not service.runs(front):
            raise NotAnswering(f"service {name!r} is not running", hint=f"Webservice(ws, {name!r}).start()")
        return service, front

    def status(self, name: str) -> ServiceStatus:
        return self._status(*self._there(name))

    def _status(self, service: ContainerService, front: Any) -> ServiceStatus:
        return status_of(service, front, busy=self._machine.service(service.name).busy())

    def logs(self, name: str, lines: int = 100, follow: bool = False) -> Iterator[str]:
        _, front = self._there(name)
        return iter(()) if front is None else lines_of(front, lines, follow=follow)

    def log_page(self, name: str, cursor: str | None, lines: int) -> LogPage:
        _, front = self._there(name)
        return counted([], None, lines) if front is None else page(front, cursor, lines)

    def metrics(self, name: str) -> str:
        return self._door(name).text("/metrics")

    def swagger(self, name: str, version: str = "2") -> dict[str, Any]:
        """The service's schema document, with no key needed."""
        import json

        found: dict[str, Any] = json.loads(self._door(name).text(f"/swagger.json?version={version}"))
        return found

    def _door(self, name: str) -> ControlDoor:
        service, front = self._running(name)
        return service.door(front)

    def collected(self, name: str, folder: Path) -> None:
        service, _ = self._there(name)
        workers = service.workers()
        if workers:
            files.copy_out(workers[0], resources.COLLECTED, folder)

    # ── keys ──

    def keys(self, name: str) -> tuple[str, str]:
        front = self._keyed(name)
        found = [files.read(front, f"{resources.KEYS}/{key}") for key in keys.NAMES]
        if None in found:
            raise ServiceError(f"the keys of {name!r} are gone", hint=f"%service_keys {name} --regenerate primary")
        primary, secondary = (str((key or b"").decode()) for key in found)
        return primary, secondary

    def regenerate_key(self, name: str, key: str) -> str:
        value = secrets.token_urlsafe(32)
        self.set_key(name, key, value)
        return value

    def set_key(self, name: str, key: str, value: str) -> None:
        keys.check(key, value)
        files.put(self._keyed(name), resources.FRONT, {f"keys/{key.lower()}": value.encode()})

    def _keyed(self, name: str) -> Any:
        service, front = self._there(name)
        if front is None:
            raise ServiceError(f"the front of {name!r} was removed", hint=f"Webservice(ws, {name!r}).start()")
        if not service.settings(front).auth_enabled:
            raise ServiceError(f"service {name!r} has no keys: auth_enabled=False")
        return front

    # ── ending ──

    def delete(self, name: str, *, keep_data: bool = False, keep_cache: bool = False) -> None:  # noqa: ARG002
        """Containers run from no files of this machine: there is no cache of their own."""
        service = self._service(name)
        folder = self._machine.service(name)
        with folder.exclusive("delete"):
            service.stop(service.containers("front"), DRAIN_S)
            service.remove([*service.containers("worker"), *service.containers("look")])
            service.remove_volumes(keep_data=keep_data)
