"""A service's state, from what its front says, what lies on its volume, and which containers there are."""

from __future__ import annotations

from typing import Any, NamedTuple

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.records import LineOrigin, ServiceState, ServiceStatus
from jupyter_mlops.services.docker.addresses import base_url
from jupyter_mlops.services.docker.health import is_young, ran_out_of_memory
from jupyter_mlops.services.docker.service import ContainerService
from jupyter_mlops.services.failures import explain
from jupyter_mlops.services.process.control import NotAnswering
from jupyter_mlops.services.process.status import RELOADED

__all__ = ["script_of", "status_of"]

_STATES: dict[str, ServiceState] = {"Transitioning": "Transitioning", "Healthy": "Healthy", "Failed": "Failed"}


class _Uris(NamedTuple):
    """Where a service answers."""

    scoring: str
    swagger: str


def status_of(service: ContainerService, front: Any, *, busy: bool) -> ServiceStatus:
    """`front` None: it was removed by somebody. `busy`: somebody is at work on the service."""
    again = f"Webservice(ws, {service.name!r}).start()"
    if front is None:
        state: ServiceState = "Transitioning" if busy else "Unhealthy"
        return ServiceStatus(state=state, error=None if busy else f"its front was removed; {again} makes it again")
    base = base_url(front, service.settings(front))
    uris = _Uris(f"{base}/score", f"{base}/swagger.json")
    try:
        seen = service.look(front)
    except NotAnswering as error:
        if busy or is_young(front):
            return ServiceStatus(state="Transitioning")
        return ServiceStatus(state="Unhealthy", error=f"{error.what}; delete it and deploy it again if that lasts")
    if seen is None:
        return _down(service, front, uris, again, busy=busy)
    return _up(service, front, seen, uris, again, busy=busy)


def _up(
    service: ContainerService, front: Any, seen: dict[str, Any], uris: _Uris, again: str, *, busy: bool
) -> ServiceStatus:
    desired = service.recall(front, "desired")
    state, error, details = _STATES.get(seen["state"], "Unhealthy"), None, None
    if seen.get("error"):
        what, hint, details = explain(seen["error"], *script_of(desired))
        error = MlopsError(what, hint=hint).message
    if seen.get("revision") is None and state != "Failed":
        state = "Transitioning" if busy or seen["state"] == "Transitioning" else "Failed"
    workers = service.workers()
    running = [one for one in workers if one.status == "running"]
    if not busy and desired is not None and seen.get("revision") == desired["revision"]:
        wanted = len(desired.get("containers", ()))
        if state == "Healthy" and not running:
            state, error = "Unhealthy", f"no replica runs; {again} brings them back"
        elif len(running) < wanted:
            error = f"{len(running)} of {wanted} replicas run; {again} brings the others back"
        else:
            error = error or _of_memory(desired, seen, running)
    return ServiceStatus(
        state=state,
        revision=seen.get("revision"),
        replicas=len(running),
        error=error,
        details=details,
        scoring_uri=uris.scoring,
        swagger_uri=uris.swagger,
        differs=RELOADED if seen.get("reloaded") else None,
    )


def _of_memory(desired: dict[str, Any], seen: dict[str, Any], workers: list[Any]) -> str | None:
    """A worker that the kernel ended for want of memory is replaced, but not in silence."""
    limit = desired["wanted"]["limits"]["memory_gb"]
    if limit is None or not seen.get("restarts") or not ran_out_of_memory(workers):
        return None
    return f"a worker needed more memory than memory_gb={limit:g} and was replaced; --memory-gb {2 * limit:g}"


def _down(service: ContainerService, front: Any, uris: _Uris, again: str, *, busy: bool) -> ServiceStatus:
    desired, failure = (service.recall(front, name) for name in ("desired", "failure"))
    if desired is not None:
        return ServiceStatus(
            state="Transitioning" if busy else "Unhealthy",
            revision=int(desired["revision"]),
            error=None if busy else f"not running; {again} starts it again",
            scoring_uri=uris.scoring,
            swagger_uri=uris.swagger,
            differs=RELOADED if desired.get("reloaded") else None,
        )
    if busy:
        return ServiceStatus(state="Transitioning")
    if failure is not None:
        return ServiceStatus(state="Failed", error=failure["error"], details=failure["details"])
    return ServiceStatus(state="Failed", error="its first start was interrupted; deploy it again")


def script_of(desired: dict[str, Any] | None) -> tuple[str, list[LineOrigin]]:
    """The entry script's path in the image, and where its lines came from."""
    if desired is None:
        return "", []
    known = desired.get("reloaded") or desired["wanted"]
    script = known.get("entry_script") or known["document"]["entry_script"]
    return script, [LineOrigin(**line) for line in known["lines"]]
