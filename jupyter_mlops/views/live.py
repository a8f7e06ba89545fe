"""A running operation in a cell: what it does, as it does it.

HTML that updates in place in a notebook, lines of text in a terminal. The operation belongs to its runner:
interrupting the cell only stops looking, and says so.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import OperationError
from jupyter_mlops.records import EventRecord
from jupyter_mlops.views.operations import ENDED, OperationLook, title
from jupyter_mlops.views.screen import Screen
from jupyter_mlops.views.widgets.controls import Controls, available, hears_while_busy

if TYPE_CHECKING:
    from jupyter_mlops.sdk.operation import Operation

__all__ = ["detached", "follow"]

_POLL_SECONDS = 0.05
#: How often the seconds that go by are written, when nothing else changes.
_TICK_SECONDS = 0.5
_CANCEL = {"name": "cancel", "label": "Cancel", "title": "stop this operation"}


def follow(operation: Operation, screen: Screen | None = None) -> Operation:
    """Show the operation until it ends, and return it.

    Raises its own error when it failed, `OperationError` when it was cancelled or interrupted, or when the cell was
    (then it goes on, and the message says how to find it again).
    """
    screen = screen or Screen()
    button = None
    try:
        screen.show(OperationLook(operation.record, (), datetime.now(UTC), error=False))
        button = _cancel_button(operation, screen)
        _watch(operation, screen, folded=button is not None)
    except KeyboardInterrupt:
        raise _detach(operation, screen) from None
    finally:
        if button is not None:
            button.close()
    error = operation.error
    if error is not None:
        raise error
    return operation


def _watch(operation: Operation, screen: Screen, *, folded: bool) -> None:
    events: list[EventRecord] = []
    shown_at, said = 0.0, 0
    while True:
        record = operation.record
        fresh = operation.events(events[-1].number if events else 0)
        events += fresh
        for event in fresh:
            _say(screen, event)
        now = time.monotonic()
        if fresh or record.state in ENDED or now - shown_at >= _TICK_SECONDS or len(events) != said:
            screen.show(OperationLook(record, events, datetime.now(UTC), error=False, folded=folded))
            shown_at, said = now, len(events)
        if record.state in ENDED:
            screen.say(f"── {title(record)}: {record.state}")
            return
        time.sleep(_POLL_SECONDS)


def _say(screen: Screen, event: EventRecord) -> None:
    if event.kind == "stage":
        screen.say(f"── {event.message}")
    elif event.kind == "log":
        screen.say(f"   {event.message}")


def detached(operation_id: str) -> str:
    """What is said when a cell lets go of an operation."""
    return f"the operation goes on: %operations {operation_id}; %operations --cancel {operation_id} stops it"


def _detach(operation: Operation, screen: Screen) -> OperationError:
    words = detached(operation.id)
    screen.show(OperationLook(operation.record, operation.events(), datetime.now(UTC), note=words))
    return OperationError("this cell was interrupted", hint=words)


# ── the button ──


def _cancel_button(operation: Operation, screen: Screen) -> Controls | None:
    """A button, where one would work: in the middle of a running cell a click is heard by a subshell alone."""
    if not available() or not hears_while_busy():
        return None

    def heard(event: Mapping[str, Any]) -> None:
        if event.get("event") == "press":
            controls.offer({**_CANCEL, "label": "Cancelling …", "disabled": True})
            operation.cancel()

    controls = Controls(screen, heard, buttons=[{**_CANCEL, "title": f"stop operation {operation.id}"}])
    return controls
