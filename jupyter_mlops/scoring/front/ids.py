"""The ids of a request, in → out, as Azure ML's scoring server has them.

`x-request-id` is kept or made; `x-ms-request-id` (deprecated) and `x-ms-client-request-id` stand in for one another;
without either, `x-ms-request-id` repeats `x-request-id`. `TraceId` is echoed.
"""

from __future__ import annotations

import os
import random

from jupyter_mlops.scoring.front.head import Head

__all__ = ["GivenIds", "new_id"]

_LONGEST = 100
_random = random.Random(os.urandom(32))


def new_id() -> str:
    """A random UUID (version 4). Ids tell requests apart; they are no secret."""
    number = _random.getrandbits(128)
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[number >> 62 & 3]}{text[17:20]}-{text[20:]}"


class GivenIds:
    """The ids that a head brings, and what is wrong with them."""

    __slots__ = ("client", "error", "ms", "request", "trace")

    def __init__(self, head: Head):
        self.request = self.ms = self.client = self.trace = ""
        self.error = ""
        """Why the request is refused (431); the ids at fault are not echoed."""
        for name, value in head.fields:
            if name == b"x-request-id":
                self.request = value.decode("latin-1")
            elif name == b"x-ms-request-id":
                self.ms = value.decode("latin-1")
            elif name == b"x-ms-client-request-id":
                self.client = value.decode("latin-1")
            elif name == b"traceid":
                self.trace = value.decode("latin-1")
        if len(self.request) > _LONGEST:
            self.error = f"x-request-id must not exceed {_LONGEST} characters"
        elif max(len(self.ms), len(self.client)) > _LONGEST:
            self.error = f"x-ms-request-id and x-ms-client-request-id must not exceed {_LONGEST} characters"

    @property
    def any(self) -> bool:
        """The head brings an id, so the next one will bring another."""
        return bool(self.request or self.ms or self.client or self.trace)

    def lines(self) -> tuple[str, bytes]:
        """The request's id for the log, and the header lines of the answer."""
        if not self.any:
            made = new_id()
            return made, f"x-request-id: {made}\r\nx-ms-request-id: {made}\r\n".encode("latin-1")
        return self._refused_lines() if self.error else self._kept_lines()

    def _kept_lines(self) -> tuple[str, bytes]:
        request = self.request or new_id()
        ms = self.ms or self.client or request
        lines = [f"x-request-id: {request}", f"x-ms-request-id: {ms}"]
        if self.ms or self.client:
            lines.append(f"x-ms-client-request-id: {self.client or self.ms}")
        if self.trace:
            lines.append(f"TraceId: {self.trace}")
        return request, ("\r\n".join(lines) + "\r\n").encode("latin-1")

    def _refused_lines(self) -> tuple[str, bytes]:
        """The offending family is left out; the other stays."""
        if len(self.request) > _LONGEST:
            return "-", f"TraceId: {self.trace}\r\n".encode("latin-1") if self.trace else b""
        request = self.request or new_id()
        return request, f"x-request-id: {request}\r\n".encode("latin-1")
