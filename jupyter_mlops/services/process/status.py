"""A service's state, from what is written down and from what its front says."""

from __future__ import annotations

from typing import Any

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.records import LineOrigin, ServiceState, ServiceStatus
from jupyter_mlops.services.failures import explain
from jupyter_mlops.services.process.machine import ServiceFolder

__all__ = ["RELOADED", "failure_document", "silent", "status_of", "uri"]

RELOADED = "its script was reloaded: it differs from its image until the next update"

_STATES: dict[str, ServiceState] = {
    "Transitioning": "Transitioning",
    "Healthy": "Healthy",
    "Unhealthy": "Unhealthy",
    "Failed": "Failed",
}


def failure_document(revision: int, error: MlopsError) -> dict[str, Any]:
    """Why the first start failed, kept so that the state says so when the front is gone."""
    return {"revision": revision, "error": error.message, "details": error.details}


def uri(settings: dict[str, Any]) -> str:
    """`http://127.0.0.1:8890`: where a client on this machine reaches the service."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings["host"], settings["host"])
    return f"{'https' if settings.get('ssl_cert_file') else 'http'}://{host}:{settings['port']}"


def status_of(folder: ServiceFolder, seen: dict[str, Any] | None) -> ServiceStatus:
    """`seen` is the front's own status; None when it does not live."""
    return _down(folder) if seen is None else _up(folder, seen)


def _up(folder: ServiceFolder, seen: dict[str, Any]) -> ServiceStatus:
    front = folder.read("front.json") or {}
    base = uri(front["settings"] | {"port": seen["port"]}) if front else None
    error = details = None
    if seen.get("error"):
        what, hint, details = explain(seen["error"], *_script(folder, seen))
        error = MlopsError(what, hint=hint).message
    state = _STATES.get(seen["state"], "Unhealthy")
    if seen.get("revision") is None and state != "Failed":
        state = "Transitioning" if folder.busy() else "Failed"
        error = error if folder.busy() else "its first start was interrupted; deploy it again"
    return ServiceStatus(
        state=state,
        revision=seen.get("revision"),
        scoring_uri=f"{base}/score",
        swagger_uri=f"{base}/swagger.json",
        replicas=int(seen.get("replicas") or 0),
        error=error,
        details=details,
        differs=RELOADED if seen.get("reloaded") else None,
    )


def silent(folder: ServiceFolder, error: MlopsError) -> ServiceStatus:
    """A front that lives and says nothing: stopped by somebody, or the machine is out of memory."""
    desired = folder.read("desired.json")
    return ServiceStatus(
        state="Transitioning" if folder.busy() else "Unhealthy",
        revision=int(desired["revision"]) if desired else None,
        error=f"{error.what}; delete it and deploy it again if that lasts",
    )


def _script(folder: ServiceFolder, seen: dict[str, Any]) -> tuple[str, list[LineOrigin]]:
    number = seen.get("revision") or seen.get("candidate")
    kept = (folder.read("reloaded.json") if seen.get("reloaded") else None) or folder.read(f"revisions/{number}.json")
    if kept is None:
        return "", []
    return kept["document"]["entry_script"], [LineOrigin(**line) for line in kept["lines"]]


def _down(folder: ServiceFolder) -> ServiceStatus:
    front, desired, failure = (folder.read(name) for name in ("front.json", "desired.json", "failure.json"))
    if desired is not None:
        base = uri(front["settings"]) if front else None
        again = f"Webservice(ws, {folder.name!r}).start() starts revision {desired['revision']} again"
        state: ServiceState = "Failed" if failure else "Unhealthy"
        return ServiceStatus(
            state="Transitioning" if folder.busy() else state,
            revision=int(desired["revision"]),
            scoring_uri=base and f"{base}/score",
            swagger_uri=base and f"{base}/swagger.json",
            error=f"{failure['error'] if failure else 'not running (was the machine restarted?)'}; {again}",
            details=failure["details"] if failure else None,
            differs=RELOADED if folder.read("reloaded.json") else None,
        )
    if folder.busy():
        return ServiceStatus(state="Transitioning")
    if failure is not None:
        return ServiceStatus(state="Failed", error=failure["error"], details=failure["details"])
    return ServiceStatus(state="Failed", error="its first start was interrupted; deploy it again")
