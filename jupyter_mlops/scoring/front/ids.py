"""The ids of a request, in → out, as Azure ML's scoring server has them.

`x-request-id` is kept or made; `x-ms-request-id` (deprecated) and `x-ms-client-request-id` stand in for one another;
without either, `x-ms-request-id` repeats `x-request-id`. `TraceId` is echoed.
"""

from __future__ import annotations

import os

from jupyter_mlops.scoring.front.head import Head

__all__ = ["GivenIds", "new_id"]

_LONGEST = 100
_RUN = 1 << 16


class _Maker:
    """UUIDs of version 4 in form: a random beginning that is changed every 65,536 ids, and a count.

    Ids tell requests apart and are no secret; drawing each one from the system costs more than the rest of an answer's
    head.
    """

    def __init__(self) -> None:
        self._left = 0
        self._next = 0
        self._start = ""

    def __call__(self) -> str:
        if not self._left:
            text = os.urandom(16).hex()
            self._left = _RUN
            self._start = (
                f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) & 3]}{text[17:20]}-{text[20:28]}"
            )
        self._left -= 1
        return f"{self._start}{self._left:04x}"


new_id = _Maker()


class GivenIds:
    """The ids that a head brings, and what is wrong with them."""

    __slots__ = ("client", "error", "ms", "none", "request", "trace")

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
        self.none = not (self.request or self.ms or self.client or self.trace)
        """The head brings no id; with one, the next head will differ."""
        if len(self.request) > _LONGEST:
            self.error = f"x-request-id must not exceed {_LONGEST} characters"
        elif max(len(self.ms), len(self.client)) > _LONGEST:
            self.error = f"x-ms-request-id and x-ms-client-request-id must not exceed {_LONGEST} characters"

    def lines(self) -> tuple[str, str]:
        """The request's id for the log, and the header lines of the answer."""
        if self.none:
            made = new_id()
            return made, f"x-request-id: {made}\r\nx-ms-request-id: {made}\r\n"
        return self._refused_lines() if self.error else self._kept_lines()

    def _kept_lines(self) -> tuple[str, str]:
        request = self.request or new_id()
        ms = self.ms or self.client or request
        lines = [f"x-request-id: {request}", f"x-ms-request-id: {ms}"]
        if self.ms or self.client:
            lines.append(f"x-ms-client-request-id: {self.client or self.ms}")
        if self.trace:
            lines.append(f"TraceId: {self.trace}")
        return request, "\r\n".join(lines) + "\r\n"

    def _refused_lines(self) -> tuple[str, str]:
        """The offending family is left out; the other stays."""
        if len(self.request) > _LONGEST:
            return "-", f"TraceId: {self.trace}\r\n" if self.trace else ""
        request = self.request or new_id()
        return request, f"x-request-id: {request}\r\n"
