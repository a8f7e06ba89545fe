"""A worker's process that its template forked (`worker/template.py` has the protocol)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import struct
import threading
from collections.abc import Sequence

__all__ = ["ForkedProcess", "TemplateGoneError", "start_forked"]

_WORD = struct.Struct("<i")
_ANSWER_S = 30.0
"""A fork copies the page tables: some milliseconds for each gigabyte."""


class TemplateGoneError(Exception):
    """There is no template any more that could fork."""


class ForkedProcess:
    """What a front needs of `subprocess.Popen`: `pid`, `wait` and `kill`."""

    def __init__(self, leash: socket.socket, pid: int):
        self.pid = pid
        self._leash = leash
        self._ending = threading.Lock()
        self._ended = False

    def wait(self) -> int:
        """Its exit code, negative: the signal. A template that ends takes its workers with SIGKILL."""
        data = b""
        with contextlib.suppress(OSError):
            data = self._leash.recv(_WORD.size)
        with self._ending:  # from here on another process may get its number
            self._ended = True
            self._leash.close()
        return int(_WORD.unpack(data)[0]) if len(data) == _WORD.size else -int(signal.SIGKILL)

    def kill(self) -> None:
        """End it and what it started, now."""
        with self._ending:
            if self._ended:
                return
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:  # it has only begun, and leads no group yet
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)


async def start_forked(forks: socket.socket, files: Sequence[int]) -> ForkedProcess:
    """Have the template fork a worker with these open files: link, slots, output.

    Raises OSError where it could not fork, `TemplateGoneError`.
    """
    leash, theirs = socket.socketpair()
    try:
        leash.setblocking(False)
        with theirs:
            try:
                socket.send_fds(forks, [b"F"], [*files, theirs.fileno()])
            except OSError as error:
                raise TemplateGoneError(str(error)) from None
        async with asyncio.timeout(_ANSWER_S):
            answer = await asyncio.get_running_loop().sock_recv(leash, _WORD.size)
        if len(answer) != _WORD.size:
            raise TemplateGoneError("it did not answer")
        (word,) = _WORD.unpack(answer)
        if word < 0:
            raise OSError(-word, os.strerror(-word))
        leash.setblocking(True)
    except BaseException:
        leash.close()
        raise
    return ForkedProcess(leash, word)
