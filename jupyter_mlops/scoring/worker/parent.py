"""The process that started us: we end with it."""

from __future__ import annotations

import contextlib
import signal
import sys

__all__ = ["end_with_parent"]

_PR_SET_PDEATHSIG = 1
"""From Linux' `sys/prctl.h`."""


def end_with_parent() -> None:
    """On Linux the kernel ends us with the process that started us, even while native code holds the interpreter.

    Elsewhere the watcher sees it, as soon as Python code runs. A fork does not inherit it.
    """
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):  # another C library may not have it: the watcher does
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
