"""A running operation in a cell: what it does, as it does it.

HTML that updates in place in a notebook, lines of text in a terminal. The operation belongs to its runner:
interrupting the cell only stops looking, and says so.
"""

from __future__ import annotations

import importlib.util
import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import OperationError
from jupyter_mlops.records import EventRecord
from jupyter_mlops.views.operations import ENDED, OperationLook, title
from jupyter_mlops.views.screen import Screen, in_kernel

if TYPE_CHECKING:
    from jupyter_mlops.sdk.operation import Operation

__all__ = ["detached", "follow"]

_POLL_SECONDS = 0.05
#: How often the seconds that go by are written, when nothing else changes.
_TICK_SECONDS = 0.5


def follow(operation: Operation, screen: Screen | None = None) -> Operation:
    """Show the operation until it ends, and return it.

    Raises its own error when it failed, `OperationError` when it was cancelled or interrupted, or when the cell was
    (then it goes on, and the message says how to find it again).
    """
    screen = screen or Screen()
    button = None
    try:
        screen.show(OperationLook(operation.record, (), datetime.now(UTC), error=False))
        button = _cancel_button(operation)
        _watch(operation, screen)
    except KeyboardInterrupt:
        raise _detach(operation, screen) from None
    finally:
        if button is not None:
            button.close()
    error = operation.error
    if error is not None:
        raise error
    return operation


def _watch(operation: Operation, screen: Screen) -> None:
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
            screen.show(OperationLook(record, events, datetime.now(UTC), error=False))
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


class _Button:
    """A cancel button in an output of its own, gone when the operation is over."""

    def __init__(self, operation: Operation) -> None:
        from ipywidgets import Button

        self._widget = Button(description="Cancel", tooltip=f"stop operation {operation.id}")
        self._widget.on_click(lambda _button: self._cancel(operation))
        # ipykernel 7.4 sends a click to the shell that made the widget, which is busy with this very cell;
        # without this note it goes to the subshell that the front end asked for.
        vars(self._widget.comm).pop("_reply_subshell_id", None)
        self._screen = Screen()
        # The empty HTML is what shows where no widget manager is.
        self._screen.put({**self._widget._repr_mimebundle_(), "text/plain": "", "text/html": ""})

    def _cancel(self, operation: Operation) -> None:
        self._widget.disabled, self._widget.description = True, "cancelling …"
        operation.cancel()

    def close(self) -> None:
        self._widget.close()
        self._screen.clear()


def _cancel_button(operation: Operation) -> _Button | None:
    """A button, where one would work: a front end with widgets listens, and the kernel hears a click while the cell
    runs (subshells, ipykernel 7 and newer)."""
    if not in_kernel() or not _has_front_end() or importlib.util.find_spec("ipywidgets") is None:
        return None
    from IPython.core.getipython import get_ipython

    kernel: Any = getattr(get_ipython(), "kernel", None)
    return _Button(operation) if getattr(kernel, "_supports_kernel_subshells", False) else None


def _has_front_end() -> bool:
    """A Jupyter server names the notebook when it starts a kernel; papermill and nbconvert do not."""
    return "JPY_SESSION_NAME" in os.environ
