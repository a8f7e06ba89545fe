"""Which workspace this is, what is in it, and what happens in it."""

from __future__ import annotations

import platform
import socket
import sys
import time
from typing import Any

from jupyter_mlops.serverextension import shapes
from jupyter_mlops.serverextension.asked import Asked
from jupyter_mlops.version import __version__

__all__ = ["environments", "events", "show", "show_all"]


def show(asked: Asked) -> dict[str, Any]:
    """The workspace that the request means, and who serves it."""
    from jupyter_mlops.sdk.operation import Operation

    workspace = asked.workspace
    running = [*Operation.list(workspace, state="Queued"), *Operation.list(workspace, state="Running")]
    return {
        **workspace.get_details(),
        "cursor": workspace.store.events.last(),
        "counts": {
            "models": len(workspace.models),
            "images": len(workspace.images),
            "services": len(workspace.webservices),
            "operations": len(running),
        },
        "server": {
            "version": __version__,
            "python": platform.python_version(),
            "interpreter": sys.executable,
            "host": socket.gethostname(),
            "root": str(asked.running.places.root),
        },
    }


def show_all(_asked: Asked) -> dict[str, Any]:
    """The workspaces in the user's data folder."""
    from jupyter_mlops.sdk.workspace import Workspace

    found = Workspace.list()
    return {"items": [{"name": name, "location": known[0].location} for name, known in found.items()]}


def environments(asked: Asked) -> dict[str, Any]:
    """The names of the registered environments."""
    return {"items": [*asked.workspace.environments]}


async def events(asked: Asked) -> dict[str, Any]:
    """What happened after `since`; when nothing did, what happens in the next `wait` seconds."""
    running, query = asked.running, asked.query
    workspace = await running.in_thread(lambda: asked.workspace)
    since, give_up = query["since"], time.monotonic() + query["wait"]
    if since is None:
        return {"events": [], "cursor": await running.in_thread(workspace.store.events.last), "reset": False}
    while True:
        found, last = await running.in_thread(lambda: _since(asked, since))
        left = give_up - time.monotonic()
        if found or last < since:
            cursor = found[-1]["number"] if found else last
            return {"events": found, "cursor": cursor, "reset": last < since}
        if left <= 0 or asked.gone.is_set():
            return {"events": [], "cursor": since, "reset": False}
        # Events of other subjects are passed over.
        await running.followers.wait(workspace, max(since, last), left, asked.gone)


def _since(asked: Asked, since: int) -> tuple[list[dict[str, Any]], int]:
    events = asked.workspace.store.events
    last = events.last()
    found = events.since(since, subject=asked.query["subject"], limit=asked.query["limit"])
    return [shapes.event(record) for record in found], max([last, *(record.number for record in found)])
