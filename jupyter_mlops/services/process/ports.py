"""Whether a port is free, and who has it when it is not."""

from __future__ import annotations

import contextlib
import errno
import shutil
import socket
import subprocess
from pathlib import Path

from jupyter_mlops.errors import ServiceError

__all__ = ["check_free", "owner"]


def check_free(host: str, port: int) -> None:
    """Raise `ServiceError`, naming the port and where findable its owner, when the port cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise ServiceError(f"no address is called {host!r}", hint="--host 127.0.0.1") from error
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise _unavailable(host, port, error) from error


def _unavailable(host: str, port: int, error: OSError) -> ServiceError:
    if error.errno == errno.EADDRINUSE:
        has = owner(port)
        return ServiceError(
            f"port {port} is taken{f' by {has}' if has else ''}", hint="choose another with --port, or leave it out"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return ServiceError(f"port {port} needs more rights than yours", hint="choose one above 1023 with --port")
    return ServiceError(f"cannot listen on {host}:{port} ({error.strerror})", hint="--host 127.0.0.1")


def owner(port: int) -> str | None:
    """`name (process 123)` of who listens on the port; None where the system does not tell us."""
    with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
        return _owner_by_proc(port) if Path("/proc/net/tcp").exists() else _owner_by_lsof(port)
    return None


def _owner_by_proc(port: int) -> str | None:
    """Linux: the socket's inode from /proc/net/tcp, then the process that has it open."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(FileNotFoundError):
            for line in Path(table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == "0A" and int(columns[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{columns[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # another user's, or gone meanwhile
            if any(str(entry.readlink()) in inodes for entry in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return None


def _owner_by_lsof(port: int) -> str | None:
    """macOS: `lsof -F` prints one field a line, `p` the process and `c` the command."""
    if shutil.which("lsof") is None:
        return None
    command = ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"]
    lines = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout.splitlines()
    known = {line[0]: line[1:] for line in reversed(lines) if line}
    return f"{known['c']} (process {known['p']})" if {"c", "p"} <= known.keys() else None
