"""The workflow picture: models → images → services, as a graph."""

from __future__ import annotations

from typing import Any

from jupyter_mlops.serverextension.asked import Asked

__all__ = ["graph"]


def graph(asked: Asked) -> dict[str, Any]:
    """What runs, what it was made of, and the newest of each name."""
    from jupyter_mlops.sdk.lineage import lineage

    found = lineage(asked.workspace, everything=bool(asked.query["all"]))
    looks = asked.running.states.of(found.services)
    states = {name: look.status.state if look.status else None for name, look in looks.items()}
    return {
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind,
                "name": node.name,
                "version": node.version,
                "label": node.label,
                "state": states.get(node.name) if node.kind == "service" else None,
                "created": node.created.isoformat(),
            }
            for node in found.nodes
        ],
        "edges": [{"from": start, "to": end} for start, end in found.edges],
    }
