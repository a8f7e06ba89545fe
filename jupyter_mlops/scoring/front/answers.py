"""Answers: their heads as text (one formatting, one encoding), their bodies as bytes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from http import HTTPStatus

__all__ = ["Stamp", "chunk", "error_body", "field_lines", "status_line"]

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_STATUS_LINES = {code: f"HTTP/1.1 {code} {phrase}\r\n" for code, phrase in _PHRASES.items()}
_OURS = frozenset(
    (
        "connection",
        "content-length",
        "date",
        "keep-alive",
        "server",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-ms-client-request-id",
        "x-ms-request-id",
        "x-ms-run-fn-exec-ms",
        "x-ms-run-function-failed",
        "x-ms-server-version",
        "x-request-id",
    )
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CONTROLS = dict.fromkeys([*range(9), *range(10, 32), 127], " ")


class Stamp:
    """The `Server` and `Date` lines, made once a second."""

    __slots__ = ("_lines", "until")

    def __init__(self) -> None:
        self.until = 0.0
        """Seconds since the epoch at which the lines will be others."""
        self._lines = ""

    def lines(self) -> str:
        """`Server: …` and `Date: …`."""
        now = time.time()
        if now >= self.until:
            self.until = int(now) + 1.0
            self._lines = f"Server: jupyter-mlops\r\nDate: {_http_date(now)}\r\n"
        return self._lines


def _http_date(moment: float) -> str:
    """RFC 9110's own form, in English whatever the locale is."""
    year, month, day, hour, minute, second, weekday, *_ = time.gmtime(moment)
    return f"{_DAYS[weekday]}, {day:02d} {_MONTHS[month - 1]} {year} {hour:02d}:{minute:02d}:{second:02d} GMT"


def status_line(status: int) -> str:
    """`HTTP/1.1 200 OK`; a status that nobody knows has no phrase."""
    return _STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n"


def field_lines(fields: Iterable[tuple[str, str]]) -> str:
    """The header lines that a script gave: nothing in them ends a line, and what is the server's to say is left out."""
    lines = []
    for name, value in fields:
        clean = str(name).translate(_CONTROLS).strip()
        if not clean or not clean.isascii() or " " in clean or ":" in clean or clean.lower() in _OURS:
            continue
        said = str(value).translate(_CONTROLS).encode("latin-1", "replace").decode("latin-1")
        lines.append(f"{clean}: {said}\r\n")
    return "".join(lines)


def error_body(message: str) -> bytes:
    """The shape of every error."""
    return json.dumps({"message": message}).encode("ascii")


def chunk(data: bytes) -> bytes:
    """One chunk of a body in chunks."""
    return b"%x\r\n%b\r\n" % (len(data), data)
