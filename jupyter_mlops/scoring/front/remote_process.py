"""A worker's process in another container, started by the attendant there (`worker/attend.py` has the protocol)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["RemoteProcess", "start_remote"]

_LENGTH = struct.Struct("<I")
_CODE = struct.Struct("<i")
_USAGE = struct.Struct("<dd")
_USAGE_MARK = 2**31 - 1
_USAGE_EVERY_S = 1.0
_PATIENCE_S = 30.0
"""How long a container may take until it listens."""
_AGAIN_S = 0.02
_ANSWER_S = 10.0


class RemoteProcess:
    """What a front needs of `subprocess.Popen`: `pid` (in the other container), `wait` and `kill`."""

    def __init__(self, leash: socket.socket, pid: int, place: str):
        self._leash = leash
        self.pid = pid
        self.name = f"{Path(place).stem}-{pid}"
        """Its container's, and its number there: those of two containers may be the same."""
        self.usage: tuple[float, float] | None = None
        """Resident bytes and CPU seconds, as it was last told; None: not yet."""

    def wait(self) -> int:
        """Its exit code, negative: the signal. A container that goes away takes its processes with SIGKILL."""
        code = -int(signal.SIGKILL)
        while len(data := self._read(_CODE.size)) == _CODE.size:
            (word,) = _CODE.unpack(data)
            if word != _USAGE_MARK:
                code = int(word)
                break
            told = self._read(_USAGE.size)
            if len(told) == _USAGE.size:
                self.usage = _USAGE.unpack(told)
        self.usage = None
        self._leash.close()
        return code

    def _read(self, size: int) -> bytes:
        """So many bytes; fewer at the end."""
        data = b""
        with contextlib.suppress(OSError):
            while len(data) < size:
                more = self._leash.recv(size - len(data))
                if not more:
                    break
                data += more
        return data

    def kill(self) -> None:
        """End it and what it started, now."""
        with contextlib.suppress(OSError):
            self._leash.send(b"K")


async def start_remote(
    path: str, files: Sequence[int], environment: Mapping[str, str], patience: float = _PATIENCE_S
) -> RemoteProcess:
    """Have the attendant at `path` start a worker with these open files: link, slots, output. Raises OSError."""
    leash = await _connected(path, patience)
    try:
        wish = json.dumps({"environment": dict(environment), "usage_every_s": _USAGE_EVERY_S}).encode()
        leash.settimeout(_ANSWER_S)
        message = _LENGTH.pack(len(wish)) + wish
        sent = socket.send_fds(leash, [message], list(files))
        leash.sendall(message[sent:])
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(None, leash.recv, _LENGTH.size)
        if len(answer) != _LENGTH.size:
            raise OSError(f"no worker was started at {path}; the container's log says why")
        leash.settimeout(None)
    except BaseException:
        leash.close()
        raise
    return RemoteProcess(leash, _LENGTH.unpack(answer)[0], path)


async def _connected(path: str, patience: float) -> socket.socket:
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while True:
        leash = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            leash.connect(path)
            return leash
        except (FileNotFoundError, ConnectionRefusedError):
            leash.close()
            if loop.time() > until:
                raise OSError(f"nobody listens at {path}: the container of the worker is not up") from None
        except BaseException:
            leash.close()
            raise
        await asyncio.sleep(_AGAIN_S)
