"""A worker's process in another container, started by the attendant there (`worker/attend.py` has the protocol)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import struct
from collections.abc import Mapping, Sequence

__all__ = ["RemoteProcess", "start_remote"]

_LENGTH = struct.Struct("<I")
_CODE = struct.Struct("<i")
_PATIENCE_S = 30.0
"""How long a container may take until it listens."""
_AGAIN_S = 0.02
_ANSWER_S = 10.0


class RemoteProcess:
    """What a front needs of `subprocess.Popen`: `pid` (in the other container), `wait` and `kill`."""

    def __init__(self, leash: socket.socket, pid: int):
        self._leash = leash
        self.pid = pid

    def wait(self) -> int:
        """Its exit code, negative: the signal. A container that goes away takes its processes with SIGKILL."""
        data = b""
        with contextlib.suppress(OSError):
            while len(data) < _CODE.size:
                more = self._leash.recv(_CODE.size - len(data))
                if not more:
                    break
                data += more
        self._leash.close()
        return int(_CODE.unpack(data)[0]) if len(data) == _CODE.size else -int(signal.SIGKILL)

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
        wish = json.dumps({"environment": dict(environment)}).encode()
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
    return RemoteProcess(leash, _LENGTH.unpack(answer)[0])


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
