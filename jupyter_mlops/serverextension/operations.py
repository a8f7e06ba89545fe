"""Operations: find, follow, cancel."""

from __future__ import annotations

from typing import Any

from jupyter_mlops.serverextension import shapes
from jupyter_mlops.serverextension.asked import Answer, Asked

__all__ = ["cancel", "search", "show"]


def search(asked: Asked) -> dict[str, Any]:
    """Newest first; those whose runner died are marked first."""
    from jupyter_mlops.sdk.operation import Operation

    query = asked.query
    found = Operation.list(asked.workspace, state=query["state"], subject=query["subject"], limit=query["limit"])
    return {"items": [operation.serialize() for operation in found]}


def show(asked: Asked) -> dict[str, Any]:
    """One, and its events after a cursor. The record is read first: an end that it tells has all of its events."""
    from jupyter_mlops.sdk.operation import Operation

    operation = Operation(asked.workspace, asked.path["id"])
    document = operation.serialize()
    events = operation.events(asked.query["since"])
    cursor = events[-1].number if events else asked.query["since"]
    return {**document, "events": [shapes.event(event) for event in events], "cursor": cursor}


def cancel(asked: Asked) -> Answer:
    """Ask its runner to stop."""
    from jupyter_mlops.sdk.operation import Operation

    operation = Operation(asked.workspace, asked.path["id"])
    operation.cancel()
    return Answer(operation.serialize(), 202)
