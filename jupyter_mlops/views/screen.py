"""One place in a cell's output that is written anew: HTML where a notebook listens, lines of text elsewhere."""

from __future__ import annotations

import sys
import threading
import uuid
from typing import Any

from jupyter_mlops.views.look import Bundle, Look, bundle

__all__ = ["Screen", "in_kernel"]


def in_kernel() -> bool:
    """Whether this process is a Jupyter kernel (not a terminal, not a plain script)."""
    shell = _shell()
    return shell is not None and getattr(shell, "kernel", None) is not None


def _shell() -> Any:
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    return get_ipython()


class Screen:
    """`show` puts a look where the last one was. In a terminal it does nothing: `say` prints lines there.

    What was shown last stays in the notebook's file: papermill and nbconvert see the final state.
    """

    def __init__(self) -> None:
        self.live = in_kernel()
        #: By which widgets find it in the page.
        self.key = uuid.uuid4().hex[:12]
        self._handle: Any = None
        self._shown: Bundle | None = None
        self._writing = threading.Lock()

    @property
    def shown(self) -> bool:
        """Whether anything was shown yet."""
        return self._shown is not None

    def show(self, *looks: Look) -> None:
        """Show the looks, one below the other; the same again sends nothing."""
        if self.live:
            self.put(bundle(*looks, key=self.key))

    def put(self, shown: Bundle) -> None:
        """Show a mimebundle."""
        from IPython.display import display

        with self._writing:
            if shown == self._shown:
                return
            self._shown = shown
            if self._handle is None:
                self._handle = display(shown, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            else:
                self._handle.update(shown, raw=True)

    def clear(self) -> None:
        """Show nothing any more."""
        if self._handle is not None:
            self.put({"text/plain": "", "text/html": ""})

    def say(self, line: str) -> None:
        """One line of text, where there is only text."""
        if not self.live:
            print(line, flush=True)
