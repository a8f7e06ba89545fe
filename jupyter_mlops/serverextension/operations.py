"""Operations: find, follow, cancel."""

from __future__ import annotations

from functools import partial
from typing import Any

from jupyter_mlops.serverextension import shapes
from jupyter_mlops.serverextension.asked import Answer, Asked, outside

__all__ = ["cancel", "ended", "search", "show"]

_LOOK_AGAIN_SECONDS = 1.0
"""A runner that was killed tells no event."""


def search(asked: Asked) -> dict[str, Any]:
    """A page of them, newest first; those whose runner died are marked first."""
    from jupyter_mlops.sdk.operation import Operation

    query = asked.query
    return shapes.page(
        query,
        partial(Operation.list, asked.workspace, state=query["state"], subject=query["subject"]),
        lambda found: [operation.serialize() for operation in found],
    )


def show(asked: Asked) -> dict[str, Any]:
    """One, and its events after a cursor. The record is read first: an end that it tells has all of its events."""
    from jupyter_mlops.sdk.operation import Operation

    operation = Operation(asked.workspace, asked.path["id"])
    document = operation.serialize()
    events = operation.events(asked.query["since"])
    cursor = events[-1].number if events else asked.query["since"]
    return {**document, "events": [shapes.event(event) for event in events], "cursor": cursor}


async def ended(asked: Asked, id: str) -> dict[str, Any] | None:
    """The operation when it succeeded, with no thread held while it goes on; None when the client has gone away.

    Raises what made it fail, `OperationError` when it was cancelled or interrupted.
    """
    from jupyter_mlops.sdk.operation import Operation

    running = asked.running

    def look() -> tuple[Operation, str, int]:
        operation = Operation(asked.workspace, id)
        last = asked.workspace.store.events.last()
        return operation, operation.state, last

    while not asked.gone.is_set():
        operation, state, last = await running.in_thread(look)
        if state not in ("Queued", "Running"):
            error = operation.error
            if error is not None:
                raise error
            return operation.serialize()
        await running.followers.wait(asked.workspace, last, _LOOK_AGAIN_SECONDS, asked.gone)
    return None


@outside
def cancel(asked: Asked) -> Answer:
    """Ask its runner to stop."""
    from jupyter_mlops.sdk.operation import Operation

    operation = Operation(asked.workspace, asked.path["id"])
    operation.cancel()
    return Answer(operation.serialize(), 202)
