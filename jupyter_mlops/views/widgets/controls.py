"""Buttons and a request form beside a `Screen`, where a front end with a widget manager listens.

The widget has no view: its JavaScript finds the screen and the empty output made for it by their key. A notebook's file
therefore never names a widget, and shows what the screen showed last wherever it is opened.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jupyter_mlops.views.markup import el
from jupyter_mlops.views.screen import Screen, in_kernel

if TYPE_CHECKING:
    from jupyter_mlops.views.forms import Form

__all__ = ["Button", "Controls", "available", "has_front_end", "hears_while_busy"]

Button = Mapping[str, Any]
"""`name`, `label`, `title`; `disabled` when it cannot be pressed."""


def has_front_end() -> bool:
    """Whether somebody may be looking: a Jupyter server names the notebook when it starts a kernel; papermill and
    nbconvert do not."""
    return in_kernel() and "JPY_SESSION_NAME" in os.environ


def available() -> bool:
    """Whether there may be somebody to press a button: a front end is there, and anywidget is installed."""
    return has_front_end() and importlib.util.find_spec("anywidget") is not None


def hears_while_busy() -> bool:
    """Whether a click is heard while a cell runs: by a subshell (ipykernel 7 and newer)."""
    from IPython.core.getipython import get_ipython

    return bool(getattr(getattr(get_ipython(), "kernel", None), "_supports_kernel_subshells", False))


class Controls:
    """What can be pressed beside a screen. `heard(event)` is called with `{"event": "press", "name": …}`, `{"event":
    "send", "body": …}` or `{"event": "shape", "body": …}`, in a thread of the kernel's choice.
    """

    def __init__(
        self,
        screen: Screen,
        heard: Callable[[Mapping[str, Any]], None],
        *,
        buttons: Sequence[Button] = (),
        form: Form | None = None,
        body: str = "",
    ) -> None:
        self._place = Screen()
        self._place.put({"text/html": str(el("div", cls="jmo", data_jmo_controls=screen.key)), "text/plain": ""})
        spec = None if form is None else form.spec()
        self._widget = _widget()(key=screen.key, buttons=[*map(dict, buttons)], form=spec, body=body)
        self._widget.on_msg(lambda _widget, content, _buffers: heard(content))
        # ipykernel 7.4 sends a click to the shell that made the widget, which may be busy with this very cell;
        # without this note it goes to the subshell that the front end asked for.
        vars(self._widget.comm).pop("_reply_subshell_id", None)

    def offer(self, *buttons: Button) -> None:
        """These buttons from now on."""
        self._widget.buttons = [*map(dict, buttons)]

    def tell(self, event: str, **content: Any) -> None:
        """Send the front end a message."""
        self._widget.send({"event": event, **content})

    def close(self) -> None:
        """Leave nothing of it in the notebook."""
        self._widget.layout.close()
        self._widget.close()
        self._place.clear()


@cache
def _widget() -> Any:
    """The class, made when the first one is shown: anywidget costs a tenth of a second."""
    import anywidget
    from traitlets import Any as AnyTrait
    from traitlets import List, Unicode

    class Live(anywidget.AnyWidget):
        _esm = files(__package__).joinpath("live.js").read_text("utf-8")
        _css = files(__package__).joinpath("live.css").read_text("utf-8")
        key = Unicode().tag(sync=True)
        buttons: Any = List().tag(sync=True)
        form = AnyTrait(None, allow_none=True).tag(sync=True)
        body = Unicode().tag(sync=True)

    return Live
