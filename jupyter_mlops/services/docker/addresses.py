"""Where a service is reached from where the kernel is: beside the engine, in another container, on another machine."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_mlops.docker_client import address
from jupyter_mlops.services.docker.resources import PORT, Settings

__all__ = ["base_url", "places"]

_LOOK_S = 0.5


def base_url(container: Any, settings: Settings) -> str:
    """`http://127.0.0.1:8890`. The first place that answers; the first of all when none does."""
    found = places(settings, address(), _own_address(container), in_container=Path("/.dockerenv").exists())
    host, port = found[0] if len(found) == 1 else next((place for place in found if _listens(place)), found[0])
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if settings.tls else 'http'}://{shown}:{port}"


def places(settings: Settings, engine: str, container: str | None, *, in_container: bool) -> Sequence[tuple[str, int]]:
    """Host and port to try, the likeliest first. `container` is the front's own address on the engine's network."""
    everywhere = settings.host in ("0.0.0.0", "::", "")
    published = "127.0.0.1" if everywhere else settings.host
    parts = urlsplit(engine)
    found = [(published, settings.port)]
    if everywhere and parts.hostname and parts.scheme in ("tcp", "https", "ssh"):
        found.insert(0, (parts.hostname, settings.port))
    if in_container:
        found.append(("host.docker.internal", settings.port))
        if container:
            found.append((container, PORT))
    return found


def _own_address(container: Any) -> str | None:
    networks = (container.attrs.get("NetworkSettings") or {}).get("Networks") or {}
    return next((network["IPAddress"] for network in networks.values() if network.get("IPAddress")), None)


def _listens(place: tuple[str, int]) -> bool:
    try:
        socket.create_connection(place, timeout=_LOOK_S).close()
    except OSError:
        return False
    return True
