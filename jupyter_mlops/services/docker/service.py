"""One service's containers and volumes in an engine: found by labels, made, started, stopped, removed."""

from __future__ import annotations

import contextlib
import json
import random
import secrets
import socket
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from jupyter_mlops.docker_client import engine_errors
from jupyter_mlops.errors import ServiceError, UsageError
from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.services.docker import files, resources
from jupyter_mlops.services.docker.door import ContainerDoor
from jupyter_mlops.services.docker.resources import LABEL, Settings
from jupyter_mlops.services.process import keys
from jupyter_mlops.services.process.control import NotAnswering

__all__ = ["ContainerService", "generation", "settings_of"]

_LOOK_S = 0.02
_TRIES = 10
_PORTS = (20000, 32000)
"""Below what systems hand out by themselves."""
_STOP_S = 15


def generation() -> str:
    """What tells the containers of one deployment from those of another."""
    return secrets.token_hex(3)


class ContainerService:
    """A service in an engine. Each look asks the engine anew."""

    def __init__(self, client: Any, workspace: str, name: str):
        self._client = client
        self.workspace = workspace
        self.name = name
        self._kept_doors: dict[str, ContainerDoor] | None = None

    def ping(self) -> None:
        """Raise `ServiceError` when the engine does not answer any more."""
        with engine_errors("say that it is there"):
            self._client.ping()

    # ── finding ──

    def containers(self, role: str) -> list[Any]:
        """Running or not; the newest first."""
        wanted = resources.labels(self.workspace, self.name, role)
        with engine_errors("list its containers"):
            return list(
                self._client.containers.list(
                    all=True, filters={"label": [f"{key}={value}" for key, value in wanted.items()]}
                )
            )

    @property
    def front(self) -> Any:
        """The front; None where there is none. Of two (a move was interrupted) the older one."""
        found = self.containers("front")
        return found[-1] if found else None

    @staticmethod
    def settings(front: Any) -> Settings:
        """What a front was made with."""
        return Settings.from_json(front.labels[f"{LABEL}.settings"])

    def workers(self, generation: str | None = None) -> list[Any]:
        """The replicas, or those of one deployment."""
        found = self.containers("worker")
        return [one for one in found if generation in (None, one.labels.get(f"{LABEL}.generation"))]

    def door(self, front: Any) -> ContainerDoor:
        """The control door of a front."""
        if self._kept_doors is None:
            return ContainerDoor(front)
        return self._kept_doors.setdefault(front.id, ContainerDoor(front, keeps=True))

    @contextlib.contextmanager
    def doors_kept(self) -> Iterator[None]:
        """Within, what is asked of a front goes through one connection."""
        kept: dict[str, ContainerDoor] = {}
        self._kept_doors = kept
        try:
            yield
        finally:
            self._kept_doors = None
            for door in kept.values():
                door.close()

    def look(self, front: Any) -> dict[str, Any] | None:
        """What a front says of itself; None when it does not run. Raises `NotAnswering`."""
        if front is None or not self.runs(front):
            return None
        try:
            return self.door(front).status()
        except NotAnswering:
            if not self.runs(front):
                return None
            raise

    def runs(self, container: Any) -> bool:
        from docker.errors import NotFound

        with engine_errors("look at the container"):
            try:
                container.reload()
            except NotFound:
                return False
        return bool(container.status == "running")

    def serves(self, front: Any) -> int | None:
        """The revision that has the traffic."""
        with contextlib.suppress(ServiceError):
            seen = self.look(front)
            return None if seen is None else seen.get("revision")
        return None

    # ── what it remembers ──

    def remember(self, front: Any, **documents: dict[str, Any] | None) -> None:
        """JSON documents on the front's volume, `name` as `name.json`; None: there is none any more."""
        files.put(
            front,
            resources.FRONT,
            {f"{name}.json": b"" if it is None else json.dumps(it).encode() for name, it in documents.items()},
        )

    def recall(self, front: Any, name: str) -> dict[str, Any] | None:
        found = files.read(front, f"{resources.FRONT}/{name}.json")
        document: dict[str, Any] | None = json.loads(found) if found else None
        return document

    def remembered(self, image: str) -> dict[str, Any] | None:
        """The document `desired` where there is no front any more: of its volume, by a container that never runs."""
        name = f"{resources.prefix(self.workspace, self.name)}-front"
        if name not in {volume.name for volume in self.volumes()}:
            return None
        about = resources.labels(self.workspace, self.name, "look")
        with engine_errors("look at the volume"):
            looking = self._client.containers.create(
                image, labels=about, volumes={name: {"bind": resources.FRONT, "mode": "ro"}}
            )
        try:
            return self.recall(looking, "desired")
        finally:
            self.remove([looking])

    def image(self) -> str | None:
        """An image of ours that the engine has: that of a replica, else any."""
        workers = self.workers()
        if workers:
            return str(workers[0].attrs["Image"])
        with engine_errors("list its images"):
            found = self._client.images.list(filters={"label": f"{LABEL}.layers"})
        return str(found[0].id) if found else None

    # ── making ──

    def make_front(self, image: str, settings: Settings, secret: dict[str, bytes]) -> Any:
        """Create and start a front, on a free port where none is chosen. `secret` are files for its volume.

        Keys that the volume has stay. Raises `ServiceError`.
        """
        is_new = not self.is_there()
        for name in resources.volumes(self.workspace, self.name):
            self._make_volume(name)
        try:
            return self._front_on_a_port(image, settings, secret)
        except BaseException:
            if is_new:
                with contextlib.suppress(ServiceError):
                    self.remove_volumes(keep_data=True)
            raise

    def _front_on_a_port(self, image: str, settings: Settings, secret: dict[str, bytes]) -> Any:
        for _ in range(_TRIES if settings.port == 0 else 1):
            chosen = settings if settings.port else replace(settings, port=_free_port())
            front = self._created(resources.front_container(self.workspace, self.name, image, chosen, generation()))
            try:
                if furniture := {**secret, **self._missing_keys(front, settings)}:
                    files.put(front, resources.FRONT, furniture)
                with engine_errors("start the front"):
                    front.start()
                return front
            except ServiceError as error:
                self.remove([front])
                if "port is taken" not in error.what or settings.port:
                    raise _port_taken(error, settings) from error
            except BaseException:
                self.remove([front])
                raise
        raise ServiceError("no free port was found", hint="choose one with --port")

    @staticmethod
    def _missing_keys(front: Any, settings: Settings) -> dict[str, bytes]:
        """Two random keys (256 bits each) where the service has none."""
        if not settings.auth_enabled or files.read(front, f"{resources.KEYS}/{keys.NAMES[0]}") is not None:
            return {}
        return {f"keys/{name}": secrets.token_urlsafe(32).encode() for name in keys.NAMES}

    def make_workers(self, containers: Iterable[dict[str, Any]]) -> list[Any]:
        """Create and start replicas of these keywords; none is left when one cannot start."""
        made: list[Any] = []
        data = resources.data_volume(self.workspace, self.name)
        try:
            for keywords in containers:
                if data in keywords["volumes"]:
                    self._make_volume(data)
                made.append(self._created(keywords))
                if data in keywords["volumes"]:
                    files.put_folder(made[-1], resources.DATA, "collected", user=resources.WORKER_USER)
                with engine_errors("start a replica"):
                    made[-1].start()
        except BaseException:
            self.remove(made)
            raise
        return made

    def _make_volume(self, name: str) -> None:
        role = "data" if name == resources.data_volume(self.workspace, self.name) else "volume"
        with engine_errors("make a volume"):
            self._client.volumes.create(name, labels=resources.labels(self.workspace, self.name, role))

    def _created(self, keywords: dict[str, Any]) -> Any:
        from docker.types import DeviceRequest

        if "device_requests" in keywords:
            keywords = {**keywords, "device_requests": [DeviceRequest(**one) for one in keywords["device_requests"]]}
        log = keywords["log_config"]
        with engine_errors("create a container"):
            return self._client.containers.create(**{**keywords, "log_config": _log_config(log)})

    def start(self, front: Any, workers: Iterable[Any]) -> None:
        """Start what is there."""
        with engine_errors("start the containers"):
            for worker in workers:
                worker.start()
            front.start()

    # ── ending ──

    def stop(self, containers: list[Any], seconds: float) -> None:
        """Ask all of them at once to finish and end; those that have not after so long are killed, all are removed."""
        from docker.errors import APIError, NotFound

        with engine_errors("stop the containers"):
            for container in containers:
                with contextlib.suppress(NotFound, APIError):  # gone, or not running
                    container.update(restart_policy={"Name": "no"})
                    container.kill("SIGTERM")
            until = monotonic() + seconds
            for container in containers:
                while self.runs(container) and monotonic() < until:
                    threading.Event().wait(_LOOK_S)
        self.remove(containers)

    def remove(self, containers: Iterable[Any]) -> None:
        """Kill and remove. Not there is no error."""
        from docker.errors import APIError, NotFound

        for container in containers:
            with engine_errors("remove a container"):
                try:
                    container.remove(force=True, v=True)
                except NotFound:
                    continue
                except APIError as error:
                    if error.status_code != 409:  # somebody else removes it already
                        raise

    def volumes(self) -> list[Any]:
        """All that are the service's."""
        wanted = [f"{LABEL}.workspace={self.workspace}", f"{LABEL}.service={self.name}"]
        with engine_errors("list its volumes"):
            return list(self._client.volumes.list(filters={"label": wanted}))

    def is_there(self) -> bool:
        """Whether anything is left of it; data that a deleted one was to keep is not."""
        roles = [(volume.attrs.get("Labels") or {}).get(f"{LABEL}.role") for volume in self.volumes()]
        return "volume" in roles or bool(self.containers("front") or self.containers("worker"))

    def remove_volumes(self, *, keep_data: bool = False) -> None:
        """With `keep_data` the one with what was collected stays, and is that of the next service of this name."""
        from docker.errors import NotFound

        kept = resources.data_volume(self.workspace, self.name) if keep_data else None
        for volume in self.volumes():
            if volume.name != kept:
                with engine_errors("remove a volume"), contextlib.suppress(NotFound):
                    volume.remove(force=True)


def _log_config(wanted: dict[str, Any]) -> Any:
    from docker.types import LogConfig

    return LogConfig(type=wanted["type"], config=wanted["config"])


def _free_port() -> int:
    """One that is free here; on another machine the engine has the last word."""
    while True:
        port = random.randrange(*_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _port_taken(error: ServiceError, settings: Settings) -> ServiceError:
    if settings.port and "port is taken" in error.what:
        return ServiceError(f"port {settings.port} is taken", hint=error.hint, details=error.details)
    return error


def settings_of(options: ServiceOptions) -> tuple[Settings, dict[str, bytes]]:
    """A front's settings, and the files of its certificate. Raises `UsageError` for a file that cannot be read."""
    pair = (options.ssl_cert_file, options.ssl_key_file)
    secret: dict[str, bytes] = {}
    if pair[0] is not None and pair[1] is not None:
        try:
            secret = {"tls/certificate.pem": Path(pair[0]).read_bytes(), "tls/key.pem": Path(pair[1]).read_bytes()}
        except OSError as error:
            raise UsageError(f"the certificate cannot be read: {error.strerror}", where=str(error.filename)) from error
    settings = Settings(
        host=options.host or "127.0.0.1", port=options.port or 0, auth_enabled=options.auth_enabled, tls=bool(secret)
    )
    return settings, secret
