"""`Operation`: one long action, as any surface follows it."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Self

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.records import EventRecord, OperationRecord, OperationState
from jupyter_mlops.sdk.listing import line

if TYPE_CHECKING:
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["Operation", "print_event"]


class Operation:
    """A build, deployment, update, deletion or registration that a detached runner does; it outlives whoever asked.

    Each look at a property reads the workspace anew. Raises `NotFoundError` for an id that is not there.
    """

    def __init__(self, workspace: Workspace, id: str):
        from jupyter_mlops.registry import operations

        self.workspace = workspace
        self._last = operations.get(workspace.store, id)

    @classmethod
    def _of(cls, workspace: Workspace, record: OperationRecord) -> Self:
        made = cls.__new__(cls)
        made.workspace, made._last = workspace, record
        return made

    @classmethod
    def list(
        cls,
        workspace: Workspace,
        state: OperationState | None = None,
        subject: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> builtins.list[Self]:
        """Newest first; at most `limit`, after the first `offset`.

        `subject` is `service/NAME`, `image/NAME` or `model/NAME`. Those whose runner died are marked first.
        """
        from jupyter_mlops.operations import follow
        from jupyter_mlops.registry import operations

        follow.sweep(workspace.store, subject=subject)
        found = operations.search(workspace.store, state=state, subject=subject, limit=limit, offset=offset)
        return [cls._of(workspace, record) for record in found]

    # ── what it is ──

    @property
    def record(self) -> OperationRecord:
        """As it is now; a dead runner's operation is marked Interrupted first."""
        from jupyter_mlops.operations import follow
        from jupyter_mlops.registry import operations

        if self._last.state not in follow.ENDED:
            self._last = follow.check(self.workspace.store, operations.get(self.workspace.store, self.id))
        return self._last

    @property
    def id(self) -> str:
        return self._last.id

    @property
    def kind(self) -> str:
        """`build`, `deploy`, `update`, `delete` or `register`."""
        return self._last.kind

    @property
    def subject(self) -> str:
        """`service/NAME`, `image/NAME` or `model/NAME`."""
        return self._last.subject

    @property
    def state(self) -> str:
        """`Queued`, `Running`, `Succeeded`, `Failed`, `Cancelled` or `Interrupted`."""
        return self.record.state

    @property
    def stage(self) -> str | None:
        return self.record.stage

    @property
    def stages(self) -> tuple[str, ...]:
        return self._last.stages

    @property
    def progress(self) -> float | None:
        """0 … 1 within the stage; None when nobody knows."""
        return self.record.progress

    @property
    def result(self) -> dict[str, Any]:
        return dict(self.record.result)

    @property
    def error(self) -> MlopsError | None:
        """Why it did not succeed; None when it did, or is not over."""
        from jupyter_mlops.operations import follow

        return follow.error_of(self.record)

    @property
    def log(self) -> builtins.list[str]:
        """Its log lines so far."""
        return [event.message for event in self.events() if event.kind == "log"]

    def events(self, since: int = 0) -> builtins.list[EventRecord]:
        """Its events after the number `since`, oldest first."""
        from jupyter_mlops.registry import events

        return events.since(self.workspace.store, since, subject=f"operation/{self.id}")

    # ── following it ──

    def follow(self) -> Iterator[EventRecord]:
        """Every event as it happens; ends when the operation does."""
        from jupyter_mlops.operations import follow

        return follow.follow(self.workspace.store, self.id)

    def wait(
        self,
        show_output: bool = False,
        on_event: Callable[[EventRecord], None] | None = None,
        timeout: float | None = None,
    ) -> Self:
        """Return when it succeeded; `show_output` prints stages and log as they happen.

        Raises its own error when it failed, `OperationError` when it was cancelled or interrupted, `TimeoutError`
        after `timeout` seconds. An interrupt detaches: the operation goes on, and the message says how to follow it.
        """
        from jupyter_mlops.operations import follow

        def tell(event: EventRecord) -> None:
            if on_event is not None:
                on_event(event)
            if show_output:
                print_event(event)

        try:
            self._last = follow.wait(self.workspace.store, self.id, tell, timeout)
        except KeyboardInterrupt:
            print(
                f"Detached: the {self.kind} of {self.subject} goes on. "
                f"%operations {self.id} follows it, %operations --cancel {self.id} stops it."
            )
            raise
        return self

    def cancel(self) -> None:
        """Ask its runner to stop. Raises `OperationError` when it is over already."""
        from jupyter_mlops.operations import verbs

        verbs.cancel(self.workspace.store, self.id)

    def serialize(self) -> dict[str, Any]:
        """As JSON."""
        record = self.record
        return {
            "created": record.created.isoformat(),
            "error": record.error,
            "finished": None if record.finished is None else record.finished.isoformat(),
            "host": record.host,
            "id": record.id,
            "kind": record.kind,
            "progress": record.progress,
            "result": dict(record.result),
            "stage": record.stage,
            "stages": [*record.stages],
            "started": None if record.started is None else record.started.isoformat(),
            "state": record.state,
            "subject": record.subject,
            "user": record.user,
        }

    def __repr__(self) -> str:
        record = self.record
        error = None if record.error is None else record.error.get("what")
        return line(
            "Operation",
            id=record.id,
            kind=record.kind,
            subject=record.subject,
            state=record.state,
            stage=record.stage if record.state == "Running" else None,
            error=error,
        )


def print_event(event: EventRecord) -> None:
    """One event as a line of text."""
    if event.kind == "stage":
        print(f"── {event.message}", flush=True)
    elif event.kind == "log":
        print(event.message, flush=True)
