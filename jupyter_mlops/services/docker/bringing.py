"""A revision brought up beside what serves: replicas, candidate, check, switch; then the replicas before drain.

When any of it fails, what served serves on, and what was made for the new one is gone.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from jupyter_mlops.docker_client import engine_errors
from jupyter_mlops.errors import MlopsError, ServiceError
from jupyter_mlops.records import Progress, ServiceSpec
from jupyter_mlops.services.docker import files, resources
from jupyter_mlops.services.docker.health import of_memory, wait_for_front, wait_for_replicas
from jupyter_mlops.services.docker.resources import Settings
from jupyter_mlops.services.docker.service import ContainerService, generation
from jupyter_mlops.services.process import revision
from jupyter_mlops.services.process.candidate import bring_up, make_ready
from jupyter_mlops.services.process.control import NotAnswering
from jupyter_mlops.services.target import ProbeAnswer

__all__ = ["DRAIN_S", "Bringing", "wanted_of"]

DRAIN_S = 10.0


def wanted_of(spec: ServiceSpec, secret: dict[str, bytes]) -> dict[str, Any]:
    """All that the containers of a revision are made from, as JSON: the same again changes nothing."""
    content = replace(spec, content=resources.IMAGE, interpreter=resources.ENVIRONMENT)
    limits = {name: getattr(spec.options, name) for name in ("cpu_cores", "memory_gb", "gpu_cores", "replicas")}
    return {
        "document": revision.document(content, collected=resources.COLLECTED),
        "image": spec.container,
        "lines": [asdict(line) for line in spec.lines],
        "limits": limits,
        "certificate": hashlib.sha256(b"\0".join(secret.values())).hexdigest() if secret else None,
    }


@dataclass
class Bringing:
    """One revision on its way. `settings` are those that its front shall have, `secret` the files of a certificate."""

    service: ContainerService
    spec: ServiceSpec
    settings: Settings
    secret: dict[str, bytes]
    wanted: dict[str, Any]
    progress: Progress
    check: Callable[[ProbeAnswer], None]

    def run(self, front: Any) -> None:
        """`front` None: there is none yet. Raises `ServiceError`, and what `check` raises."""
        service, spec = self.service, self.spec
        service.remove(service.containers("front")[:-1])  # of a move that was killed
        front = self._front(front)
        made = generation()
        workers: list[Any] = []
        keywords = [
            resources.worker_container(service.workspace, spec, number, made)
            for number in range(spec.options.replicas or 1)
        ]
        document = resources.document(self.wanted["document"], spec, made)
        try:
            self.progress.log(f"starting {len(keywords)} replica(s) of {spec.image}")
            workers = service.make_workers(keywords)
            wait_for_front(service, front)  # it comes up, or is asked, while they start
            wait_for_replicas(service, workers)
            if service.settings(front).differs(self.settings):
                front = self._moved(front, document)
            else:
                self._bring_up(front, document, self.check)
                self._renew(front)
            desired = {
                "revision": spec.revision,
                "generation": made,
                "wanted": self.wanted,
                "containers": keywords,
                "settings": asdict(service.settings(front)),
                "reloaded": None,
            }
            service.remember(front, revision=document, desired=desired, failure=None)
        except BaseException as failure:
            error = self._told(workers, failure)
            self._back_out(front, workers, error)
            if error is failure:
                raise
            raise error from failure
        service.stop([one for one in service.workers() if one not in workers], _patience(document))

    def _front(self, front: Any) -> Any:
        if front is None:
            self.progress.log("making the front")
            settings = self.settings
            kept = self.service.remembered(str(self.spec.container))
            if kept is not None and not settings.port:
                settings = replace(settings, port=kept["settings"]["port"])
            return self.service.make_front(str(self.spec.container), settings, self.secret)
        if self.service.runs(front):
            return front
        if front.attrs["Image"] != self.spec.container:  # its own image may be why it does not run
            known = self.service.settings(front)
            self.service.remove([front])
            certificate = self.secret if known.tls else {}
            return self.service.make_front(str(self.spec.container), known, certificate)
        self.service.start(front, [])
        return front

    def _bring_up(self, front: Any, document: dict[str, Any], check: Callable[[ProbeAnswer], None] | None) -> None:
        bring_up(self.service.door(front), document, self.spec.lines, self.progress, check)

    def _renew(self, front: Any) -> None:
        """The front looks for a new certificate twice a second; open connections go on."""
        if any(files.read(front, f"{resources.FRONT}/{name}") != content for name, content in self.secret.items()):
            files.put(front, resources.FRONT, self.secret)
            self.progress.log("the certificate is another one: new connections get it")

    def _moved(self, front: Any, document: dict[str, Any]) -> Any:
        """A front with other settings in the place of this one."""
        service, spec = self.service, self.spec
        door, known = service.door(front), service.settings(front)
        ready = make_ready(door, document, spec.lines, self.progress)
        if ready.answer is not None:
            self.check(ready.answer)
        with contextlib.suppress(ServiceError):
            door.discard()
        self.progress.log("the address or the security of the service changes: requests are refused for a moment")
        if self.settings.port in (0, known.port):
            front.stop(timeout=int(DRAIN_S))
        new = None
        try:
            settings = self.settings if self.settings.port else replace(self.settings, port=known.port)
            new = service.make_front(str(spec.container), settings, self.secret)
            wait_for_front(service, new)
            self._bring_up(new, document, None)
        except BaseException:
            service.remove([new] if new is not None else [])
            service.start(front, [])
            raise
        service.stop([front], DRAIN_S)
        return new

    def _told(self, workers: list[Any], failure: BaseException) -> BaseException:
        """The failure as a person should hear of it."""
        try:
            if isinstance(failure, ServiceError):  # whatever is said of it: when the engine goes, all else goes too
                self.service.ping()
            return of_memory(workers, self.spec.options, failure)
        except MlopsError as error:  # the engine is away
            return error

    def _back_out(self, front: Any, workers: list[Any], error: BaseException) -> None:
        """As far as the engine answers; what then is left is named by `jupyter mlops gc`."""
        service = self.service
        with contextlib.suppress(MlopsError):
            front = service.front or front
            serves = self._goes_on(front)
            if serves:
                with contextlib.suppress(ServiceError):
                    service.door(front).discard()
            service.remove(workers)
            if not serves:
                if isinstance(error, MlopsError):
                    document = {"revision": self.spec.revision, "error": error.message, "details": error.details}
                    service.remember(front, failure=document)
                with engine_errors("stop the front"):
                    front.stop(timeout=0)

    def _goes_on(self, front: Any) -> bool:
        """Whether a revision serves; where a front lives and is late to answer, whether one did before."""
        try:
            seen = self.service.look(front)
        except NotAnswering:
            return self.service.recall(front, "desired") is not None
        return seen is not None and seen.get("revision") is not None


def _patience(document: dict[str, Any]) -> float:
    """How long the replicas before may go on with what they have."""
    return max(30.0, float(document["limits"]["scoring_timeout_ms"]) / 1000) + 5.0
