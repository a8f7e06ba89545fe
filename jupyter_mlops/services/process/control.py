"""A client of a front's control door: HTTP/1.1 over its Unix socket (the socket's folder is 0700: no key)."""

from __future__ import annotations

import contextlib
import io
import json
import select
import socket
from collections.abc import Callable, Iterator
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar

from jupyter_mlops.errors import ServiceError

__all__ = ["ControlDoor", "NotAnswering"]

_ANSWER_S = 5.0
"""How long a front may take to answer about itself; it never runs user code."""

_PATIENCE_S = 2.0
"""How long a candidate may be silent before the caller is told that it is waited for."""


class NotAnswering(ServiceError):
    """Nobody listens on the control socket, or what listens went away."""


class ControlDoor:
    """The control door of one front."""

    _connection_header: ClassVar[str] = "close"

    def __init__(self, path: Path):
        self._path = path

    def status(self) -> dict[str, Any]:
        """`{"state", "pid", "host", "port", "revision", "candidate", "replicas", "workers", "error", "started"}`."""
        return self._json("GET", "/status")

    def candidate(
        self, revision: dict[str, Any], waiting: Callable[[float], None] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Start workers for a revision; what the front says, as it says it, the last with `ready` or `failed`.

        `waiting` is called with the seconds of silence every two seconds while nothing is said.
        Raises `NotAnswering` when the front goes away before the last word.
        """
        response, close = self._send("POST", "/candidate", revision, waiting=waiting)
        try:
            if response.status != 200:
                raise _refused("POST /candidate", response)
            for line in response:
                if line.strip():
                    said = json.loads(line)
                    if "ready" in said or "failed" in said:
                        response.read()  # to its end: whoever keeps the connection can use it again
                    yield said
        except (OSError, HTTPException, ValueError) as error:
            raise NotAnswering(
                f"the front stopped in the middle of a start ({str(error) or type(error).__name__})"
            ) from error
        finally:
            close()

    def activate(self) -> int:
        """Switch traffic to the candidate and drain the old workers; the revision that now serves."""
        return int(self._json("POST", "/candidate/activate", {}, seconds=60.0)["revision"])

    def discard(self) -> None:
        """Stop the candidate; none is no error."""
        self._json("DELETE", "/candidate", absent_ok=True)

    def wait_for_log(self) -> None:
        """Return when every line that was said so far is in the log file (a second at most)."""
        self._json("POST", "/log/written", {}, absent_ok=True)

    def stop(self, drain_s: float) -> None:
        """Ask the front to drain and end; its lock tells when it did."""
        self._json("POST", "/stop", {"drain_s": drain_s})

    def text(self, path: str) -> str:
        """A page as text: `/metrics`, `/swagger.json?version=3`."""
        return self._read("GET", path)[1].decode()

    def score(self, body: str) -> tuple[int, bytes]:
        """A probe request through the workers that serve; status and body."""
        response, close = self._send("POST", "/score", body.encode())
        try:
            return response.status, response.read()
        finally:
            close()

    def _json(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        seconds: float | None = None,
        absent_ok: bool = False,
    ) -> dict[str, Any]:
        _, content = self._read(method, path, body, seconds=seconds, absent_ok=absent_ok)
        found: dict[str, Any] = json.loads(content) if content.strip() else {}
        return found

    def _read(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        seconds: float | None = None,
        absent_ok: bool = False,
    ) -> tuple[int, bytes]:
        response, close = self._send(method, path, body, seconds=seconds)
        try:
            if response.status >= 400 and not (absent_ok and response.status == 404):
                raise _refused(f"{method} {path}", response)
            return response.status, response.read()
        except (OSError, HTTPException) as error:
            raise NotAnswering(f"the front does not answer {method} {path} ({str(error) or 'it went away'})") from error
        finally:
            close()

    def _let_go(self, connection: socket.socket, *, whole: bool) -> None:  # noqa: ARG002
        """After an answer; `whole` says that all of it was read."""
        connection.close()

    def _connect(self, seconds: float) -> socket.socket:
        """A connection to the door. Raises OSError."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(seconds)
            connection.connect(str(self._path))
        except BaseException:
            connection.close()
            raise
        return connection

    def _send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | bytes | None = None,
        *,
        seconds: float | None = None,
        waiting: Callable[[float], None] | None = None,
    ) -> tuple[HTTPResponse, Callable[[], None]]:
        seconds = _ANSWER_S if seconds is None else seconds
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: control\r\nConnection: {self._connection_header}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        connection: socket.socket | None = None
        try:
            connection = self._connect(seconds)
            connection.sendall(head.encode() + content)
            response = HTTPResponse(_Patient(connection, None if waiting else seconds, waiting), method=method)  # type: ignore[arg-type]
            response.begin()
        except (OSError, HTTPException) as error:
            if connection is not None:
                connection.close()
            raise NotAnswering(f"the front does not answer {method} {path} ({str(error) or 'it went away'})") from error
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        opened = connection

        def close() -> None:
            whole = response.isclosed()
            response.close()
            self._let_go(opened, whole=whole)

        return response, close


def _refused(request: str, response: HTTPResponse) -> ServiceError:
    text = response.read(2000).decode(errors="replace").strip()
    with contextlib.suppress(ValueError, KeyError, TypeError):  # else not the front's own words: shown as they are
        text = json.loads(text)["message"]
    return ServiceError(f"the front refused {request} ({response.status}): {text}")


class _Patient(io.RawIOBase):
    """A socket to read from that tells every two seconds that it still waits, or gives up after `limit` seconds."""

    def __init__(self, connection: socket.socket, limit: float | None, waiting: Callable[[float], None] | None):
        self._connection = connection
        self._limit = limit
        self._waiting = waiting
        self._poll = select.poll()  # not select(): a kernel may have more than 1,024 files open
        self._poll.register(connection, select.POLLIN)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What `HTTPResponse` asks a socket for."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        began = monotonic()
        while True:
            left = _PATIENCE_S if self._limit is None else began + self._limit - monotonic()
            if left <= 0:
                raise TimeoutError(f"no answer for {self._limit:.0f} s")
            if self._poll.poll(min(left, _PATIENCE_S) * 1000):
                return self._connection.recv_into(buffer)
            if self._waiting is not None:
                self._waiting(monotonic() - began)
