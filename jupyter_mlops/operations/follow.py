"""Following an operation from any surface: its events as they happen, until it ends.

Whoever follows notices a runner that died, marks the operation Interrupted and says how to go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from jupyter_mlops.errors import MlopsError, OperationError, from_dict
from jupyter_mlops.operations import set_aside
from jupyter_mlops.operations.liveness import is_alive
from jupyter_mlops.records import EventRecord, OperationRecord
from jupyter_mlops.registry import events, operations, services
from jupyter_mlops.storage import Store

__all__ = ["ENDED", "check", "error_of", "follow", "sweep", "wait"]

ENDED = frozenset({"Succeeded", "Failed", "Cancelled", "Interrupted"})

_POLL_SECONDS = 0.05
_LIVENESS_SECONDS = 0.5


def follow(store: Store, operation_id: str) -> Iterator[EventRecord]:
    """Every event of the operation, from its first; ends when the operation has ended and all was told."""
    subject, cursor, looked = f"operation/{operation_id}", 0, 0.0
    while True:
        ended = operations.get(store, operation_id).state in ENDED
        for event in events.since(store, cursor, subject=subject):
            cursor = event.number
            yield event
        if ended:
            return
        if time.monotonic() - looked > _LIVENESS_SECONDS:
            looked = time.monotonic()
            check(store, operations.get(store, operation_id))
        time.sleep(_POLL_SECONDS)


def wait(
    store: Store,
    operation_id: str,
    on_event: Callable[[EventRecord], None] | None = None,
    timeout: float | None = None,
) -> OperationRecord:
    """The operation, when it succeeded.

    Raises the operation's own error when it failed, `OperationError` when it was cancelled or interrupted, and
    `TimeoutError` after `timeout` seconds (the operation goes on).
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    subject, cursor = f"operation/{operation_id}", 0
    while True:
        record = check(store, operations.get(store, operation_id))
        for event in events.since(store, cursor, subject=subject):
            cursor = event.number
            if on_event is not None:
                on_event(event)
        if record.state in ENDED:
            break
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError(f"operation {operation_id} is still running; it goes on: %operations {operation_id}")
        time.sleep(_POLL_SECONDS)
    error = error_of(record)
    if error is not None:
        raise error
    return record


def error_of(record: OperationRecord) -> MlopsError | None:
    """Why an operation did not succeed, as an exception; None when it did or is not over."""
    if record.state in ("Failed", "Interrupted") and record.error is not None:
        return from_dict(record.error)
    if record.state == "Cancelled":
        return OperationError(f"{record.kind} of {record.subject} was cancelled", hint="type the command again to redo")
    return None


def check(store: Store, record: OperationRecord) -> OperationRecord:
    """The operation; one whose runner died is marked Interrupted first."""
    if record.state in ENDED or is_alive(store.id, record):
        return record
    current = operations.get(store, record.id)
    if current.state in ENDED:  # it ended between the two looks
        return current
    if current.kind == "delete" and not _is_there(store, current):  # its last step was done
        return operations.finish(store, record.id, "Succeeded")
    if current.kind == "register":
        set_aside.forget(store.id, current.arguments["folder"])
    error = OperationError(
        f"the {record.kind} of {record.subject} was interrupted"
        + (f" in its stage {record.stage!r}" if record.stage else " before it began"),
        hint="nothing is half-made; type the same command again to resume",
    )
    return operations.finish(store, record.id, "Interrupted", error=error.to_dict())


def _is_there(store: Store, record: OperationRecord) -> bool:
    return bool(services.search(store, name=record.subject.removeprefix("service/")))


def sweep(store: Store, subject: str | None = None) -> None:
    """Mark every unfinished operation whose runner died."""
    for state in ("Queued", "Running"):
        for record in operations.search(store, state=state, subject=subject):
            check(store, record)
