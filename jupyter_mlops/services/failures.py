"""What a worker's failure means to a person: one line, the next thing to type, and the traceback at the cell's lines.

Purely computational.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from jupyter_mlops.records import LineOrigin
from jupyter_mlops.services.traceback import map_traceback

__all__ = ["Explained", "explain"]

_WHAT = {
    "import": "the script cannot be imported",
    "init": "init() failed",
    "init timeout": "init() did not come to an end",
    "run signature": "run() cannot be called as a service calls it",
    "lock": "the environment is not as it was locked",
    "crash": "the worker died",
}

_HINTS = {
    "init timeout": "make init() faster, or give it more time with init_timeout_s",
    "lock": "capture the environment again",
}


class Explained(NamedTuple):
    """The three parts of an error."""

    what: str
    hint: str | None
    details: str | None


def explain(failed: Mapping[str, Any], script: str, lines: Sequence[LineOrigin] = ()) -> Explained:
    """Explain a front's FAILED document `{where, message, traceback, exit_code, signal, tail}`.

    `script` is the entry script's path in the image, `lines` where its lines came from.
    """
    where, message = str(failed.get("where", "crash")), str(failed.get("message") or "").strip()
    text = str(failed.get("traceback") or "").rstrip()
    details = map_traceback(text, script, lines) if text else str(failed.get("tail") or "").rstrip()
    what = _WHAT.get(where, "the service failed")
    if where == "crash" and failed.get("signal"):
        what = f"the worker was killed by {failed['signal']}"
    if where == "run signature" and "does not have a run()" in message:
        return Explained("the script has no run()", "add def run(data): … to it", None)
    # Where the message says the same again it stands alone.
    if message and where in ("init timeout", "crash") and (where != "crash" or failed.get("signal") is None):
        what = message.rstrip(".")
    elif message and where != "crash":
        what = f"{what}: {message.rstrip('.')}"
    return Explained(what, _hint(where, f"{message}\n{text}"), None if details == message else details or None)


def _hint(where: str, text: str) -> str | None:
    module = re.search(r"No module named '([\w.]+)'", text)
    if module and "requirement" not in text:
        package = module.group(1).partition(".")[0]
        return f"import {package} in the cell, or add its distribution to the requirements of the environment"
    return _HINTS.get(where)
