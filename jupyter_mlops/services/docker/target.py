"""The target `docker`: deploy, look, start again, delete."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields, replace
from typing import Any, ClassVar, NamedTuple

from jupyter_mlops.docker_client import connect, engine_errors
from jupyter_mlops.errors import MlopsError, NotFoundError, ServiceError, UsageError
from jupyter_mlops.records import LineOrigin, Progress, ServiceOptions, ServiceSpec, ServiceState, ServiceStatus
from jupyter_mlops.services.docker import files, resources
from jupyter_mlops.services.docker.addresses import base_url
from jupyter_mlops.services.docker.output import lines_of
from jupyter_mlops.services.docker.resources import LABEL, Settings
from jupyter_mlops.services.docker.service import ContainerService, generation, settings_of
from jupyter_mlops.services.failures import explain
from jupyter_mlops.services.process import keys, revision
from jupyter_mlops.services.process.candidate import bring_up, make_ready
from jupyter_mlops.services.process.control import ControlDoor, NotAnswering
from jupyter_mlops.services.process.machine import MachineFolder
from jupyter_mlops.services.target import (
    Capabilities,
    ProbeAnswer,
    check_values,
    options_schema,
    refuse_unknown_options,
)

__all__ = ["DockerTarget"]

_REFUSED = {
    "preload": "workers in containers share no memory; use threads, or --target process",
    "enable_app_insights": "use /metrics, or %monitor",
    "collect_model_data": "the target docker collects nothing yet; --target process does",
}
_HONOURED = frozenset(option.name for option in fields(ServiceOptions)) - _REFUSED.keys()
_DRAIN_S = 10.0
_STATES: dict[str, ServiceState] = {"Transitioning": "Transitioning", "Healthy": "Healthy", "Failed": "Failed"}


class DockerTarget:
    """Services as containers, of one workspace, in the engine that `docker` talks to."""

    kind: ClassVar[str] = "docker"
    engine: ClassVar[str] = "docker"
    """Images are rendered as containers in this engine before they come here."""

    def __init__(self, workspace_id: str, configuration: dict[str, Any]) -> None:
        self._workspace = workspace_id
        self._machine = MachineFolder(workspace_id)
        self._host = str(configuration.get("host", "127.0.0.1"))
        self._connected: Any = None

    @property
    def _client(self) -> Any:
        if self._connected is None:
            self._connected = connect()
        return self._connected

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
        wanted = [f"{LABEL}.workspace={self._workspace}", f"{LABEL}.role=front"]
        with engine_errors("list its containers"):
            found = self._client.containers.list(all=True, filters={"label": wanted})
        return sorted({str(container.labels[f"{LABEL}.service"]) for container in found})

    def _service(self, name: str) -> ContainerService:
        return ContainerService(self._client, self._workspace, name)

    # ── bringing up ──

    def deploy(self, spec: ServiceSpec, progress: Progress, check: Callable[[ProbeAnswer], None]) -> ServiceStatus:
        self.check(spec.options)
        if spec.container is None:
            raise ServiceError("the image has no container rendering", hint="build it first: %build_image")
        service = self._service(spec.service)
        with self._alone(spec.service, f"deploy of revision {spec.revision}"):
            settings, secret = settings_of(spec.options)
            front = service.front
            wanted = self._wanted(spec)
            differs = front is not None and service.settings(front).differs(settings)
            kept = service.recall(front, "desired") if front is not None else None
            if differs or not kept or kept["wanted"] != wanted or service.serves(front) != spec.revision:
                self._bring_up(service, spec, front, settings, secret, wanted, progress, check)
        return self.status(spec.service)

    def _wanted(self, spec: ServiceSpec) -> dict[str, Any]:
        """All that the containers of a revision are made from."""
        content = replace(spec, content=resources.IMAGE, interpreter=resources.ENVIRONMENT)
        limits = {name: getattr(spec.options, name) for name in ("cpu_cores", "memory_gb", "gpu_cores", "replicas")}
        lines = [asdict(line) for line in spec.lines]
        return {"document": revision.document(content), "image": spec.container, "lines": lines, "limits": limits}

    @contextlib.contextmanager
    def _alone(self, name: str, doing: str) -> Iterator[None]:
        """Only one of this machine at a time changes a service."""
        folder = self._machine.service(name)
        with folder.exclusive(doing):
            yield

    def _bring_up(
        self,
        service: ContainerService,
        spec: ServiceSpec,
        front: Any,
        settings: Settings,
        secret: dict[str, bytes],
        wanted: dict[str, Any],
        progress: Progress,
        check: Callable[[ProbeAnswer], None],
    ) -> None:
        """Replicas, candidate, check, switch; then the replicas before drain. When that fails what served serves on."""
        if front is None:
            progress.log("making the front")
            front = service.make_front(spec, settings, {**secret, **_new_keys(settings)})
        elif not service.runs(front):
            service.start(front, [])
        made = generation()
        workers: list[Any] = []
        try:
            service.wait(front)
            progress.log(f"starting {spec.options.replicas or 1} replica(s) of {spec.image}")
            workers = service.make_workers(spec, made)
            document = resources.document(wanted["document"], spec, made)
            if service.settings(front).differs(settings):
                front = self._moved(service, spec, front, settings, secret, document, progress, check)
            else:
                bring_up(service.door(front), document, spec.lines, progress, check)
            self._settled(service, front, spec, made, wanted, document)
        except BaseException as failure:
            error = _of_memory(service, workers, spec.options, failure)
            self._back_out(service, service.front or front, workers, spec.revision, error)
            if error is failure:
                raise
            raise error from failure
        service.stop([one for one in service.workers() if one not in workers], _patience(document))

    def _moved(
        self,
        service: ContainerService,
        spec: ServiceSpec,
        front: Any,
        settings: Settings,
        secret: dict[str, bytes],
        document: dict[str, Any],
        progress: Progress,
        check: Callable[[ProbeAnswer], None],
    ) -> Any:
        """A front with other settings in the place of this one."""
        ready = make_ready(service.door(front), document, spec.lines, progress)
        if ready.answer is not None:
            check(ready.answer)
        with contextlib.suppress(ServiceError):
            service.door(front).discard()
        same_port = settings.port in (0, service.settings(front).port)
        settings = settings if settings.port else replace(settings, port=service.settings(front).port)
        if settings.auth_enabled and files.read(front, f"{resources.KEYS}/primary") is None:
            secret = {**secret, **_new_keys(settings)}
        progress.log("the address or the security of the service changes: requests are refused for a moment")
        if same_port:
            front.stop(timeout=int(_DRAIN_S))
        new = None
        try:
            new = service.make_front(spec, settings, secret)
            service.wait(new)
            bring_up(service.door(new), document, spec.lines, progress, None)
        except BaseException:
            service.remove([new] if new is not None else [])
            service.start(front, [])
            raise
        service.stop([front], _DRAIN_S)
        return new

    def _settled(
        self,
        service: ContainerService,
        front: Any,
        spec: ServiceSpec,
        made: str,
        wanted: dict[str, Any],
        document: dict[str, Any],
    ) -> None:
        """The revision serves: it is the one that comes up after a restart of the engine."""
        desired = {"revision": spec.revision, "generation": made, "wanted": wanted}
        service.remember(front, revision=document, desired=desired, failure=None)

    def _back_out(
        self, service: ContainerService, front: Any, workers: list[Any], number: int, error: BaseException
    ) -> None:
        serving = service.serves(front)
        with contextlib.suppress(MlopsError):
            if serving is not None:
                service.door(front).discard()
        service.remove(workers)
        if serving is None and isinstance(error, MlopsError):
            document = {"revision": number, "error": error.message, "details": error.details}
            with contextlib.suppress(MlopsError):
                service.remember(front, failure=document)
        if serving is None:
            with contextlib.suppress(MlopsError), engine_errors("stop the front"):
                front.stop(timeout=0)

    def start(self, name: str) -> ServiceStatus:
        service, front = self._there(name)
        with self._alone(name, "start"):
            desired = service.recall(front, "desired")
            if desired is None:
                raise ServiceError(
                    f"service {name!r} was never up", hint=f"deploy it again: %deploy {name} --overwrite …"
                )
            workers = service.workers(desired["generation"])
            if not workers:
                raise ServiceError(f"the replicas of {name!r} are gone", hint=f"Webservice(ws, {name!r}).update(…)")
            if service.serves(front) != desired["revision"]:
                service.start(front, workers)
                self._await(service, front, desired)
        return self.status(name)

    def _await(self, service: ContainerService, front: Any, desired: dict[str, Any]) -> None:
        """Until the revision that a front found on its volume serves."""
        while True:
            seen = service.wait(front)
            if seen.get("revision") == desired["revision"] and seen.get("state") == "Healthy":
                return
            if seen.get("error"):
                what, hint, details = explain(seen["error"], *_script(desired))
                raise ServiceError(what, hint=hint, details=details)

    # ── looking ──

    def _there(self, name: str) -> tuple[ContainerService, Any]:
        service = self._service(name)
        front = service.front
        if front is None:
            known = ", ".join(self.names()) or "none"
            raise NotFoundError(f"no service {name!r} runs in this Docker engine", hint=f"there are: {known}")
        return service, front

    def status(self, name: str) -> ServiceStatus:
        service, front = self._there(name)
        busy = self._machine.service(name).busy()
        base = base_url(front, service.settings(front))
        uris = _Uris(f"{base}/score", f"{base}/swagger.json")
        try:
            seen = service.look(front)
        except NotAnswering as error:
            return ServiceStatus(
                state="Transitioning" if busy else "Unhealthy",
                error=f"{error.what}; delete it and deploy it again if that lasts",
            )
        if seen is None:
            return self._down(service, front, uris, busy=busy)
        return self._up(service, front, seen, uris, busy=busy)

    def _up(
        self, service: ContainerService, front: Any, seen: dict[str, Any], uris: _Uris, *, busy: bool
    ) -> ServiceStatus:
        state, error, details = _STATES.get(seen["state"], "Unhealthy"), None, None
        if seen.get("error"):
            what, hint, details = explain(seen["error"], *_script(service.recall(front, "desired")))
            error = MlopsError(what, hint=hint).message
        if seen.get("revision") is None and state != "Failed":
            state = "Transitioning" if busy or seen["state"] == "Transitioning" else "Failed"
        running = [one for one in service.workers() if one.status == "running"]
        if state == "Healthy" and not running:
            state, error = "Unhealthy", "no replica runs"
        return ServiceStatus(
            state=state,
            revision=seen.get("revision"),
            replicas=len(running),
            error=error,
            details=details,
            scoring_uri=uris.scoring,
            swagger_uri=uris.swagger,
        )

    def _down(self, service: ContainerService, front: Any, uris: _Uris, *, busy: bool) -> ServiceStatus:
        desired, failure = (service.recall(front, name) for name in ("desired", "failure"))
        if desired is not None:
            return ServiceStatus(
                state="Transitioning" if busy else "Unhealthy",
                revision=int(desired["revision"]),
                error=f"not running; Webservice(ws, {service.name!r}).start() starts it again",
                scoring_uri=uris.scoring,
                swagger_uri=uris.swagger,
            )
        if busy:
            return ServiceStatus(state="Transitioning")
        if failure is not None:
            return ServiceStatus(state="Failed", error=failure["error"], details=failure["details"])
        return ServiceStatus(state="Failed", error="its first start was interrupted; deploy it again")

    def logs(self, name: str, lines: int = 100, follow: bool = False) -> Iterator[str]:
        _, front = self._there(name)
        return lines_of(front, lines, follow=follow)

    def metrics(self, name: str) -> str:
        return self._door(name).text("/metrics")

    def swagger(self, name: str, version: str = "2") -> dict[str, Any]:
        """The service's schema document, with no key needed."""
        import json

        found: dict[str, Any] = json.loads(self._door(name).text(f"/swagger.json?version={version}"))
        return found

    def _door(self, name: str) -> ControlDoor:
        service, front = self._there(name)
        if not service.runs(front):
            raise NotAnswering(f"service {name!r} is not running", hint=f"Webservice(ws, {name!r}).start()")
        return service.door(front)

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
        if not service.settings(front).auth_enabled:
            raise ServiceError(f"service {name!r} has no keys: auth_enabled=False")
        return front

    # ── ending ──

    def delete(self, name: str) -> None:
        service = self._service(name)
        folder = self._machine.service(name)
        with folder.exclusive("delete"):
            service.stop(service.containers("front"), _DRAIN_S)
            service.remove(service.containers("worker"))
            service.remove_volumes()


class _Uris(NamedTuple):
    """Where a service answers."""

    scoring: str
    swagger: str


def _of_memory(
    service: ContainerService, workers: list[Any], options: ServiceOptions, failure: BaseException
) -> BaseException:
    """The failure, or in its place that the memory was not enough."""
    if options.memory_gb is None or not isinstance(failure, ServiceError) or "SIGKILL" not in failure.what:
        return failure
    if not service.ran_out_of_memory(workers):
        return failure
    return ServiceError(
        f"the worker needs more memory than memory_gb={options.memory_gb:g}",
        hint=f"--memory-gb {2 * options.memory_gb:g}",
        details=failure.details,
    )


def _new_keys(settings: Settings) -> dict[str, bytes]:
    """Two random keys (256 bits each)."""
    if not settings.auth_enabled:
        return {}
    return {f"keys/{name}": secrets.token_urlsafe(32).encode() for name in keys.NAMES}


def _patience(document: dict[str, Any]) -> float:
    """How long the replicas before may go on with what they have."""
    return max(30.0, float(document["limits"]["scoring_timeout_ms"]) / 1000) + 5.0


def _script(desired: dict[str, Any] | None) -> tuple[str, list[LineOrigin]]:
    if desired is None:
        return "", []
    wanted = desired["wanted"]
    return wanted["document"]["entry_script"], [LineOrigin(**line) for line in wanted["lines"]]
