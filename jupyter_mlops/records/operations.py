"""Long actions: their record, their events, and whom they tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

__all__ = ["EventRecord", "OperationKind", "OperationRecord", "OperationState", "Progress"]

OperationKind = Literal["build", "deploy", "update", "delete", "register"]

OperationState = Literal["Queued", "Running", "Succeeded", "Failed", "Cancelled", "Interrupted"]


@dataclass(frozen=True, kw_only=True)
class OperationRecord:
    """One long action. `subject` is `service/NAME`, `image/NAME` or `model/NAME`; `arguments` and `result` are JSON."""

    id: str
    kind: OperationKind
    subject: str
    state: OperationState
    stages: tuple[str, ...]
    stage: str | None
    progress: float | None
    """0 … 1 within the stage; None when nobody knows."""
    arguments: dict[str, Any]
    result: dict[str, Any]
    error: dict[str, Any] | None
    """`MlopsError.to_dict()`."""
    user: str
    host: str
    created: datetime
    started: datetime | None
    finished: datetime | None
    heartbeat: datetime | None
    cancel_requested: bool = False


@dataclass(frozen=True, kw_only=True)
class EventRecord:
    """One line of the append-only table that every surface follows. `number` counts up and is the cursor."""

    number: int
    time: datetime
    subject: str
    """`model/N:1`, `image/N:1`, `service/N`, `operation/ID`."""
    kind: str
    """`registered`, `updated`, `deleted`, `stage`, `progress`, `log`, `state`."""
    message: str
    data: dict[str, Any]


class Progress(Protocol):
    """How a long action says where it is; every stage that takes time takes one."""

    def stage(self, name: str) -> None:
        """A new stage begins. Raises `OperationError` when the operation was cancelled."""

    def log(self, line: str) -> None:
        """One line of what is being done or said."""

    def fraction(self, done: float) -> None:
        """0 … 1 of the current stage."""
