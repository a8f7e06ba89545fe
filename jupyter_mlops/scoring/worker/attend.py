"""Start workers for a front that lives in another container: `PYTHON -I …/worker/attend.py SOCKET`.

The front and this container share a folder. A front that wants a worker connects to SOCKET and hands over three open
files: the worker's end of their link, the slots, and where its output goes (`front/remote_process.py` has the other
side). From then on the two talk as front and worker of one machine do.

    front → here   <u32 length> JSON {"environment": {name: value}, "usage_every_s": number}, with the three files;
                   later `K`: kill it
    here → front   <u32 process id>; as often as was asked, <i32 2^31-1> <f64 resident bytes> <f64 CPU seconds>;
                   and at its end <i32 exit code>, negative: the signal
    end of file    from the front: nobody waits for the worker any more, it is killed

A front stays while images come and go, so that either side may be the older: what was not asked for is not told.
On SIGTERM no worker is started any more; this ends when the last one has. Needs the standard library alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

__all__ = ["Attendant", "main"]

_BOOT = Path(__file__).with_name("boot.py")
_LENGTH = struct.Struct("<I")
_CODE = struct.Struct("<i")
_USAGE = struct.Struct("<idd")
_USAGE_MARK = 2**31 - 1
_FILES = 3
_LONGEST = 1 << 20


class Attendant:
    """The workers of one container."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._workers: set[int] = set()
        self._waking, self._wake = socket.socketpair()
        self._listening = self._listen(path)
        self._ending = False

    @staticmethod
    def _listen(path: str) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        Path(path).unlink(missing_ok=True)
        before = os.umask(0o007)  # the front has another user, and our group
        try:
            listening.bind(path)
        finally:
            os.umask(before)
        listening.listen(64)
        return listening

    def run(self) -> None:
        """Attend until `end` was called and the last worker has gone."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            selector.register(self._waking, selectors.EVENT_READ)
            while not (self._ending and not self._workers):
                for key, _ in selector.select():
                    if key.fileobj is self._waking:
                        self._waking.recv(4096)
                    elif not self._ending:
                        connection, _ = self._listening.accept()
                        threading.Thread(target=self._attend, args=(connection,), daemon=True).start()
                if self._ending and self._listening.fileno() >= 0:
                    selector.unregister(self._listening)
                    self._listening.close()
                    Path(self._path).unlink(missing_ok=True)
                self._bury()

    def end(self, *_: object) -> None:
        """No more workers; for a signal handler."""
        self._ending = True
        self._notice()

    def _notice(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._wake.send(b"!")

    notice = _notice

    def _attend(self, connection: socket.socket) -> None:
        """One worker, from the wish for it to its end."""
        with connection:
            started = self._start(connection)
            if started is None:
                return
            worker, usage_every_s = started
            leash = threading.Thread(target=_hold, args=(connection, worker.pid, usage_every_s), daemon=True)
            leash.start()
            code = worker.wait()
            with contextlib.suppress(OSError):
                connection.sendall(_CODE.pack(code))
                connection.shutdown(socket.SHUT_RDWR)
            leash.join()
        with self._lock:
            self._workers.discard(worker.pid)
        self._notice()

    def _start(self, connection: socket.socket) -> tuple[subprocess.Popen[bytes], float | None] | None:
        """The worker, and how often its front wants to know what it uses."""
        files: list[int] = []
        try:
            files, environment, usage_every_s = _wish(connection)
            link, slots, output = files
            command = [sys.executable, "-I", str(_BOOT), "--fd", str(link), "--slots-fd", str(slots)]
            with self._lock:
                worker = subprocess.Popen(
                    command,
                    pass_fds=(link, slots),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env={**os.environ, **environment},
                    start_new_session=True,
                )
                self._workers.add(worker.pid)
            connection.sendall(_LENGTH.pack(worker.pid))
        except (OSError, ValueError) as error:
            print(f"no worker was started: {error}", file=sys.stderr, flush=True)
            return None
        finally:
            for each in files:
                os.close(each)
        return worker, usage_every_s

    def _bury(self) -> None:
        """As the first process of a container we inherit what workers leave behind."""
        if os.getpid() != 1 or not hasattr(os, "waitid"):
            return
        with self._lock, contextlib.suppress(ChildProcessError):
            while (found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                if found.si_pid in self._workers:  # its own thread waits for it
                    return
                os.waitpid(found.si_pid, os.WNOHANG)


def _wish(connection: socket.socket) -> tuple[list[int], dict[str, str], float | None]:
    """The open files, the environment, and how often its use is told, in seconds; None: never.

    Raises OSError, ValueError.
    """
    data, files, _, _ = socket.recv_fds(connection, _LENGTH.size + _LONGEST, _FILES)
    if len(files) != _FILES:
        for each in files:
            os.close(each)
        raise ValueError(f"{_FILES} open files are wanted, {len(files)} came")
    try:
        while len(data) < _LENGTH.size or len(data) < _LENGTH.size + _LENGTH.unpack_from(data)[0]:
            more = connection.recv(_LONGEST)
            if not more or len(data) > _LONGEST:
                raise ValueError("the wish for a worker is not whole")
            data += more
        asked = json.loads(data[_LENGTH.size :])
        every = asked.get("usage_every_s")
        environment = {str(name): str(value) for name, value in asked["environment"].items()}
        return list(files), environment, None if every is None else float(every)
    except (ValueError, KeyError, AttributeError, TypeError):
        for each in files:
            os.close(each)
        raise ValueError("the wish for a worker cannot be read") from None


def _hold(connection: socket.socket, pid: int, usage_every_s: float | None) -> None:
    """Until the front lets go, or wants it killed; it is told what the worker uses."""
    with contextlib.suppress(OSError):
        while not select.select([connection], [], [], usage_every_s)[0]:
            used = _used(pid)
            if used is not None:
                connection.sendall(_USAGE.pack(_USAGE_MARK, *used))
        connection.recv(1)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _used(pid: int) -> tuple[float, float] | None:
    """Resident bytes and CPU seconds: no other container can look."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        # the second field, the name, may hold anything but ends with the last parenthesis
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
    except (OSError, IndexError):
        return None
    return float(pages * os.sysconf("SC_PAGE_SIZE")), ticks / os.sysconf("SC_CLK_TCK")


def main(argv: list[str]) -> int:
    """Attend to the end; returns the exit code."""
    if len(argv) != 1:
        print("usage: attend.py SOCKET", file=sys.stderr)
        return 2
    attendant = Attendant(argv[0])
    signal.signal(signal.SIGTERM, attendant.end)
    signal.signal(signal.SIGINT, attendant.end)
    signal.signal(signal.SIGCHLD, attendant.notice)
    print("attending", flush=True)  # `services/docker/health.py` waits for it
    attendant.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
