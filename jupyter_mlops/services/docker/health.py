"""Whether containers came up, and in one line why one did not: told as soon as it ended, not after a timeout."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from time import monotonic, time
from typing import Any

from jupyter_mlops.docker_client import engine_errors
from jupyter_mlops.errors import MlopsError, ServiceError, StorageError
from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.services.docker.service import ContainerService
from jupyter_mlops.services.process.control import NotAnswering

__all__ = ["is_young", "of_memory", "ran_out_of_memory", "tail", "wait_for_front", "wait_for_replicas", "why_ended"]

_START_S = 60.0
_LOOK_S = 0.02
_YOUNG_S = 15.0
_ATTENDS = b"attending"
"""What `scoring/worker/attend.py` prints when it listens."""


def wait_for_front(service: ContainerService, front: Any) -> dict[str, Any]:
    """Until the control door answers and the port is open; its status then. Raises `ServiceError`."""
    until, restarts, why = monotonic() + _START_S, _restarts(front), ""
    while True:
        try:
            seen = service.look(front)
            if seen is not None and seen.get("port") is not None:
                return seen
        except NotAnswering as error:
            why = error.what
        if _has_ended(front, restarts):
            raise why_ended(front, "the scoring server")
        if monotonic() > until:
            raise ServiceError("the scoring server does not answer", details=f"{why}\n{tail(front, 30)}".strip())
        threading.Event().wait(_LOOK_S)


def is_young(container: Any) -> bool:
    """Whether it was started just now: it may say nothing yet."""
    return began_within(_YOUNG_S, (container.attrs.get("State") or {}).get("StartedAt"))


def began_within(seconds: float, moment: str | None) -> bool:
    """Whether a moment, as the engine writes it (UTC, RFC 3339), is no longer ago; False for none."""
    try:
        return time() - datetime.fromisoformat(f"{str(moment)[:19]}+00:00").timestamp() < seconds
    except ValueError:
        return False


def wait_for_replicas(service: ContainerService, workers: Sequence[Any]) -> None:
    """Until each new replica takes workers. Raises `ServiceError` for the first that ended."""
    until, waiting = monotonic() + _START_S, list(workers)
    while waiting:
        for worker in list(waiting):
            if _ATTENDS in _log(worker, 5):
                waiting.remove(worker)
            elif not service.runs(worker) and _has_ended(worker, 0):
                raise why_ended(worker, "a replica")
        if monotonic() > until:
            raise ServiceError("a replica does not come up", details=tail(waiting[0], 30))
        threading.Event().wait(_LOOK_S if waiting else 0)


def _restarts(container: Any) -> int:
    return int(container.attrs.get("RestartCount") or 0)


def _has_ended(container: Any, restarts: int) -> bool:
    """As it was last looked at: ended, gone, or begun again by the engine."""
    return container.status in ("exited", "dead", "restarting", "removing") or _restarts(container) > restarts


def why_ended(container: Any, what: str) -> MlopsError:
    """The reason that a container gives. `what` begins the line: `a replica`."""
    said = tail(container, 30)
    state = container.attrs.get("State") or {}
    if "exec format error" in said:
        return ServiceError("the image is made for another architecture than the engine's", details=said)
    if "No space left on device" in said:
        return StorageError("the disk of the Docker engine is full", hint="docker system prune", details=said)
    if state.get("OOMKilled"):
        return ServiceError(f"{what} needs more memory than it may have", hint="--memory-gb", details=said)
    last = said.rpartition("\n")[2] or f"exit code {state.get('ExitCode')}"
    return ServiceError(f"{what} does not start: {last}", details=said or None)


def tail(container: Any, lines: int) -> str:
    """The end of a container's log; empty when it is gone."""
    return _log(container, lines).decode(errors="replace").rstrip()


def _log(container: Any, lines: int) -> bytes:
    from docker.errors import NotFound

    with engine_errors("read a log"):
        try:
            return bytes(container.logs(tail=lines))
        except NotFound:
            return b""


def ran_out_of_memory(containers: Iterable[Any]) -> bool:
    """Whether the kernel has ended a process in one of them, within the hour, for want of memory."""
    found = list(containers)
    if not found:
        return False
    now = int(time())
    wanted = {"event": "oom", "container": [container.id for container in found]}
    with engine_errors("read its events"):
        events = found[0].client.events(since=now - 3600, until=now + 1, filters=wanted, decode=True)
        return any(True for _ in events)


def of_memory(workers: Sequence[Any], options: ServiceOptions, failure: BaseException) -> BaseException:
    """The failure, or in its place that the memory was not enough."""
    if options.memory_gb is None or not isinstance(failure, ServiceError) or "SIGKILL" not in failure.what:
        return failure
    if not ran_out_of_memory(workers):
        return failure
    return ServiceError(
        f"the worker needs more memory than memory_gb={options.memory_gb:g}",
        hint=f"--memory-gb {2 * options.memory_gb:g}",
        details=failure.details,
    )
