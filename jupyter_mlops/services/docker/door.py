"""A front's control door in a container, reached by `exec`: the engine may be on another machine."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlops.services.docker.resources import CONTROL, PYTHON
from jupyter_mlops.services.process.control import ControlDoor

__all__ = ["ContainerDoor"]

_RELAY = """
import os, socket, sys, threading
door = socket.socket(socket.AF_UNIX)
door.connect(sys.argv[1])
def ask():
    while data := os.read(0, 65536):
        door.sendall(data)
    door.shutdown(socket.SHUT_WR)
threading.Thread(target=ask, daemon=True).start()
while data := door.recv(65536):
    while data:
        data = data[os.write(1, data):]
"""
"""Runs beside the front: standard input to the control socket, and back."""

_HEAD = struct.Struct(">BxxxI")
_OUTPUT = 1


class ContainerDoor(ControlDoor):
    """The control door of the front in a container. `container` is the SDK's object.

    A connection is a process in the container, which takes a tenth of a second to start: with `keeps` one stays for
    what is asked next, until `close`.
    """

    _connection_header: ClassVar[str] = "keep-alive"

    def __init__(self, container: Any, *, keeps: bool = False):
        super().__init__(Path(CONTROL))
        self._container = container
        self._keeps = keeps
        self._kept: socket.socket | None = None

    def close(self) -> None:
        """Keep no connection. What is asked afterwards opens one."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def _let_go(self, connection: socket.socket, *, whole: bool) -> None:
        self.close()
        if whole and self._keeps:
            self._kept = connection
        else:
            connection.close()

    def _connect(self, seconds: float) -> socket.socket:
        kept, self._kept = self._kept, None
        if kept is not None:
            if not _has_ended(kept):
                kept.settimeout(seconds)
                return kept
            kept.close()
        return self._opened(seconds)

    def _opened(self, seconds: float) -> socket.socket:
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        api = self._container.client.api
        command = [PYTHON, "-I", "-S", "-c", _RELAY, CONTROL]
        try:
            execution = api.exec_create(self._container.id, command, stdin=True)["Id"]
            stream = api.exec_start(execution, socket=True)
        except (DockerException, RequestException) as error:
            raise OSError(str(getattr(error, "explanation", None) or error)) from error
        ours, theirs = socket.socketpair()
        wire = getattr(stream, "_sock", stream)
        threading.Thread(target=_ask, args=(theirs, wire), daemon=True, name="door-ask").start()
        threading.Thread(target=_answer, args=(stream, wire, theirs), daemon=True, name="door-answer").start()
        ours.settimeout(seconds)
        return ours


def _has_ended(connection: socket.socket) -> bool:
    """Whether the front, or the engine, has closed it meanwhile: nothing else is said while nothing is asked."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def _ask(source: socket.socket, wire: Any) -> None:
    """What we say, to the engine."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)


def _answer(stream: Any, wire: Any, sink: socket.socket) -> None:
    """What the engine says, without its frames (https://docs.docker.com/reference/api/engine/: attach)."""
    with contextlib.suppress(OSError, ValueError):
        while head := _exactly(wire, _HEAD.size):
            kind, size = _HEAD.unpack(head)
            data = _exactly(wire, size)
            if kind == _OUTPUT:
                sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
    sink.close()
    with contextlib.suppress(OSError):
        wire.close()
    stream.close()


def _exactly(wire: Any, size: int) -> bytes:
    """So many bytes; empty at the end."""
    data = b""
    while len(data) < size:
        more = wire.recv(size - len(data))
        if not more:
            return b""
        data += more
    return data
