"""Starting a front: as a daemon that outlives whoever started it, or as a helper that ends with us."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.services.process.control import ControlDoor, NotAnswering
from jupyter_mlops.services.process.logs import tail
from jupyter_mlops.services.process.machine import disk_errors

__all__ = ["FrontSettings", "environment", "helper", "is_locked", "kill", "launch", "wait_for_control", "wait_unlocked"]

# fmt: off
_KEPT = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR",
    "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH",
    "JAVA_HOME", "SPARK_HOME", "HADOOP_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
})
# fmt: on
_KEPT_STARTS = ("LC_", "OMP_", "MKL_", "OPENBLAS_", "NUMEXPR_", "CUDA_", "NVIDIA_", "UV_", "PIP_")

PID = "front.pid"
"""The file with the front's process id: for ending one that does not answer, never for finding one."""

_START_S = 30.0
_END_S = 5.0
_LOOK_S = 0.005


@dataclass(frozen=True, kw_only=True)
class FrontSettings:
    """What a front is given when it starts and keeps for its life. `port` 0: any that is free."""

    host: str = "127.0.0.1"
    port: int = 0
    auth_enabled: bool = True
    ssl_cert_file: str | None = None
    ssl_key_file: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a service may see of our environment: where programs and libraries lie, the language, the way out.

    Nothing else: a token that lies in a notebook server's environment is not the service's business, and a service
    that needed it would not come up after a reboot. The script's own variables come with its revision.
    """
    environ = os.environ if environ is None else environ
    return {name: value for name, value in environ.items() if name in _KEPT or name.startswith(_KEPT_STARTS)}


def command(control: Path, settings: FrontSettings | None) -> list[str]:
    """The command line of a front; without settings it listens on no port. No secret is in it."""
    # -P: the working folder is not searched for modules. Not -I: the package may be installed for the user alone.
    line = [sys.executable, "-P", "-m", "jupyter_mlops.scoring", "--control", str(control)]
    if settings is None:
        return [*line, "--no-port"]
    line += ["--host", settings.host, "--port", str(settings.port)]
    if settings.ssl_cert_file and settings.ssl_key_file:
        line += ["--tls-certificate", settings.ssl_cert_file, "--tls-key", settings.ssl_key_file]
    return line


def launch(folder: Path, control: Path, settings: FrontSettings, *, keys: Path, log: Path, lock: Path) -> None:
    """Start a front as a daemon; `wait_for_control` tells when it listens.

    It has a session of its own, is no child of ours (a kernel that ends takes its descendants with it), and holds
    `lock` from before it starts until it ends. Raises `ServiceError` when a front has the lock already.
    """
    settled = environment() | {"JUPYTER_MLOPS_LOG_FILE": str(log), "PYTHONUNBUFFERED": "1"}
    settled |= {"JUPYTER_MLOPS_KEYS_DIR": str(keys)} if settings.auth_enabled else {"JUPYTER_MLOPS_AUTH": "off"}
    with contextlib.ExitStack() as stack, disk_errors(folder):
        held = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        stack.callback(os.close, held)
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        stack.callback(os.close, output)
        if not _lock_soon(held):
            raise ServiceError("a front is running already", where=str(folder), hint="try again")
        control.unlink(missing_ok=True)
        # The shell starts the front and ends at once, so that the front's parent is the system's first process.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" & echo $! >"$0" || true', str(folder / PID), *command(control, settings)],
            cwd=folder,
            env=settled,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(held,),
            start_new_session=True,
            check=True,
        )


def _lock_soon(descriptor: int) -> bool:
    """Take the lock; somebody who only looks (`is_locked`) has it for microseconds."""
    until = monotonic() + 0.5
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if monotonic() > until:
                return False
            select.select([], [], [], _LOOK_S)


def is_locked(lock: Path) -> bool:
    """Whether a front lives."""
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def wait_unlocked(lock: Path, seconds: float) -> bool:
    """Whether the front ended within that time."""
    until = monotonic() + seconds
    while is_locked(lock):
        if monotonic() > until:
            return False
        select.select([], [], [], _LOOK_S)
    return True


def kill(folder: Path, lock: Path) -> None:
    """End a front that does not answer. Its lock is held, so that the process id it had is still its own."""
    if is_locked(lock):
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((folder / PID).read_text()), signal.SIGKILL)


def wait_for_control(
    control: Path, alive: Callable[[], bool], log: Path, *, port: bool = True, seconds: float = _START_S
) -> dict[str, Any]:
    """Until the front answers on its control socket and, with `port`, listens on its port; its status then.

    Raises `ServiceError` with the end of its log as soon as it ended, or after `seconds`.
    """
    until = monotonic() + seconds
    door = ControlDoor(control)
    while True:
        with contextlib.suppress(NotAnswering):
            seen = door.status()
            if seen["port"] is not None or not port:
                return seen
        if not alive():
            raise ServiceError("the scoring server did not start", where=str(log), details="\n".join(tail(log, 30)))
        if monotonic() > until:
            said = "\n".join(tail(log, 30))
            raise ServiceError(f"the scoring server says nothing after {seconds:.0f} s", where=str(log), details=said)
        select.select([], [], [], _LOOK_S)


@contextlib.contextmanager
def helper(folder: Path, control: Path, log: Path) -> Iterator[Callable[[], bool]]:
    """A front with no port, for a proof; yields whether it lives.

    It ends with the block, and with this process however that ends: a shell beside it reads from a pipe, and asks the
    front to end itself and its workers when nobody has the writing end any more.
    """
    script = 'exec 3<&0; (read _ <&3; kill $$) & exec 3<&- "$@" </dev/null'
    with disk_errors(folder), log.open("ab") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", script, "sh", *command(control, None)],
            cwd=folder,
            env=environment() | {"JUPYTER_MLOPS_AUTH": "off", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    assert process.stdin is not None
    try:
        yield lambda: process.poll() is None
    finally:
        process.stdin.close()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
