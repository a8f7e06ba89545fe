"""The request that this thread runs at the moment, for those who are called by the script and not by the loop."""

from __future__ import annotations

import threading

__all__ = ["CONTEXT", "Context"]


class Context(threading.local):
    """`probe`: the request counts in no metric and no collected data."""

    probe: bool = False


CONTEXT = Context()
