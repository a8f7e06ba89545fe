"""Long actions, as a record: who does what to what, where it is, how it ended.

Queued → Running → Succeeded | Failed | Cancelled | Interrupted; an Interrupted one may be resumed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import BusyError, NotFoundError, OperationError
from jupyter_mlops.records import OperationKind, OperationRecord, OperationState

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = ["ACTIVE", "advance", "finish", "get", "new_id", "request_cancel", "search", "start"]

ACTIVE: tuple[OperationState, ...] = ("Queued", "Running")
_OVER: tuple[OperationState, ...] = ("Succeeded", "Failed", "Cancelled")


def new_id() -> str:
    """For an operation that is not recorded yet."""
    return secrets.token_hex(6)


def start(
    store: Store,
    kind: OperationKind,
    subject: str,
    stages: Sequence[str],
    arguments: Mapping[str, Any],
    user: str,
    host: str,
    *,
    id: str | None = None,
) -> OperationRecord:
    """A new operation, Queued. `subject` is `service/NAME`, `image/NAME` or `model/NAME`; `id` is `new_id()`'s.

    Raises `BusyError`, saying who and since when, while another one is at work on the same subject.
    """
    record = OperationRecord(
        id=id or new_id(),
        kind=kind,
        subject=subject,
        state="Queued",
        stages=tuple(stages),
        stage=None,
        progress=None,
        arguments=dict(arguments),
        result={},
        error=None,
        user=user,
        host=host,
        created=datetime.now(UTC),
        started=None,
        finished=None,
        heartbeat=None,
    )
    with store.transaction():
        _refuse_second(store, subject)
        store.operations.insert(record)
        _tell(store, record, "state", "Queued")
    return record


def get(store: Store, id: str) -> OperationRecord:
    """The operation. Raises `NotFoundError`."""
    record = store.operations.get(id)
    if record is None:
        raise NotFoundError(f"no operation {id!r}", hint="jupyter mlops operation list")
    return record


def search(
    store: Store,
    *,
    state: OperationState | None = None,
    subject: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[OperationRecord]:
    """Newest first; at most `limit`, after the first `offset`."""
    return store.operations.search(state=state, subject=subject, limit=limit, offset=offset)


def advance(
    store: Store,
    id: str,
    *,
    state: OperationState | None = None,
    stage: str | None = None,
    progress: float | None = None,
    heartbeat: bool = True,
) -> OperationRecord:
    """Say where it is; what is None stays. A new stage forgets the old one's progress.

    An event tells each new state, stage and progress; a bare heartbeat tells nothing. An Interrupted operation is
    resumed by `state="Running"` (or `"Queued"`). Raises `OperationError` when it is over, `BusyError` when it would
    be resumed beside another one.
    """

    def change(record: OperationRecord) -> OperationRecord:
        if record.state in _OVER or (record.state == "Interrupted" and state not in ACTIVE):
            raise OperationError(f"the operation {id} is over: {record.state}")
        if record.state == "Interrupted":
            _refuse_second(store, record.subject)
            record = replace(record, finished=None, error=None, cancel_requested=False)
        now = datetime.now(UTC)
        if stage is not None and stage != record.stage:
            record = replace(record, stage=stage, progress=None)
        return replace(
            record,
            state=state or record.state,
            started=record.started or (now if state == "Running" else None),
            progress=record.progress if progress is None else progress,
            heartbeat=now if heartbeat else record.heartbeat,
        )

    return _changed(store, id, change)


def finish(
    store: Store,
    id: str,
    state: OperationState,
    *,
    result: Mapping[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> OperationRecord:
    """It ended: `state` is Succeeded, Failed, Cancelled or Interrupted; `error` is `MlopsError.to_dict()`.

    Ending it twice in the same way changes nothing; in another way raises `OperationError`.
    """

    def change(record: OperationRecord) -> OperationRecord:
        if record.state == state:
            return record
        if record.state in _OVER:
            raise OperationError(f"the operation {id} is over: {record.state}, not {state}")
        ended = dict(result) if result is not None else record.result
        return replace(record, state=state, result=ended, error=error, finished=datetime.now(UTC))

    return _changed(store, id, change)


def request_cancel(store: Store, id: str) -> OperationRecord:
    """Ask the runner to stop at the next safe place. Asking for one that is over changes nothing."""

    def change(record: OperationRecord) -> OperationRecord:
        return replace(record, cancel_requested=True) if record.state in ACTIVE else record

    return _changed(store, id, change)


def _changed(store: Store, id: str, change: Callable[[OperationRecord], OperationRecord]) -> OperationRecord:
    with store.transaction():
        before = get(store, id)
        after = change(before)
        if after != before:
            store.operations.save(after)
            _tell_difference(store, before, after)
    return after


def _tell_difference(store: Store, before: OperationRecord, after: OperationRecord) -> None:
    if after.state != before.state:
        said = f"{after.state}: {after.error['what']}" if after.error else after.state
        _tell(store, after, "state", said)
    if after.cancel_requested and not before.cancel_requested:
        _tell(store, after, "state", "cancel requested")
    if after.stage != before.stage and after.stage is not None:
        _tell(store, after, "stage", after.stage)
    if after.progress != before.progress and after.progress is not None:
        _tell(store, after, "progress", f"{after.progress:.0%}")


def _tell(store: Store, record: OperationRecord, kind: str, message: str) -> None:
    data = {"state": record.state, "stage": record.stage, "progress": record.progress, "subject": record.subject}
    store.events.append(f"operation/{record.id}", kind, message, data)


def _refuse_second(store: Store, subject: str) -> None:
    other = store.operations.active(subject)
    if other is not None:
        since = other.created.astimezone().strftime("%H:%M:%S on %Y-%m-%d")
        raise BusyError(
            f"{other.user} on {other.host} has been at work on {subject} since {since} "
            f"({other.kind}, operation {other.id})",
            hint=f"follow it: %operations, or stop it: %operations --cancel {other.id}",
        )
