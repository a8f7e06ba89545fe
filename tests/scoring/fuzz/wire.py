"""Bytes on a connection: what came back, read strictly, and what h11, the other reader, makes of what was sent."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

import h11

__all__ = ["PATIENCE_S", "Asked", "Reply", "connected", "everything", "exchange", "replies", "requests_of"]

PATIENCE_S = 60.0
"""From the last byte sent (and the end said) to the last byte received: more is a hang."""


class Reply(NamedTuple):
    """One answer of a stream of answers."""

    status: int
    headers: dict[str, str]
    body: bytes


class Asked(NamedTuple):
    """One request, as h11 reads it."""

    method: str
    target: str
    body: bytes


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def exchange(port: int, pieces: Sequence[bytes]) -> bytes:
    """Sends the pieces, says that no more will come, and gives all that the server says until it closes.

    Raises TimeoutError where it neither says anything nor closes.
    """
    with connected(port) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have heard enough
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        return everything(connection)


def everything(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    got = b""
    with suppress(ConnectionResetError):
        while data := connection.recv(65536):
            got += data
    return got


def replies(stream: bytes, methods: Sequence[str] = ()) -> list[Reply]:
    """The answers in a stream, `100 Continue` left out; fails where it is not a sequence of whole ones.

    `methods` are the requests', as far as known: an answer to HEAD has no body.
    """
    found: list[Reply] = []
    while stream:
        head, separator, rest = stream.partition(b"\r\n\r\n")
        assert separator, stream
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, _ = first.split(" ", 2)
        assert version == "HTTP/1.1"
        assert all(": " in line and "\n" not in line and "\r" not in line for line in lines), head
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        if status == "100":
            stream = rest
            continue
        length = int(headers["content-length"])
        asked = methods[len(found)] if len(found) < len(methods) else ""
        if asked == "HEAD" and (not rest or rest.startswith(b"HTTP/1.1 ")):
            length = 0  # an answer to what was no request has its body, whatever h11 thinks
        assert len(rest) >= length, stream
        found.append(Reply(int(status), headers, rest[:length]))
        stream = rest[length:]
    return found


def requests_of(stream: bytes) -> tuple[list[Asked], str]:
    """The whole requests in a stream, and why there are no more: an error's words, or nothing at its end."""
    found: list[Asked] = []
    try:
        while True:
            while stream.startswith(b"\r\n"):  # RFC 9112, 2.2: forgiven before a request; not by h11
                stream = stream[2:]
            reader = h11.Connection(h11.SERVER, max_incomplete_event_size=65536)
            reader.receive_data(stream)
            reader.receive_data(b"")
            asked = _next_request(reader)
            if asked is None:
                return found, ""
            found.append(asked)
            if reader.their_state is h11.MUST_CLOSE:
                return found, ""
            stream = reader.trailing_data[0]
    except h11.RemoteProtocolError as error:
        return found, str(error)


def _next_request(reader: h11.Connection) -> Asked | None:
    method, target, body = "", "", b""
    while True:
        event = reader.next_event()
        if isinstance(event, h11.Request):
            method, target = event.method.decode(), event.target.decode("latin-1")
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return Asked(method, target, body)
        else:
            return None
