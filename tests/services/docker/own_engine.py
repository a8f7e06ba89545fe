"""A Docker engine of a test's own, which may be stopped, started again and filled up. Its disk is in memory."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlops.docker_client import answers

__all__ = ["OwnEngine", "own_engine"]

_DISK = "700m"
_START_S = 60


class OwnEngine:
    """`host` is its DOCKER_HOST. It shares no bridge and no firewall rule with another engine of the machine."""

    def __init__(self, folder: Path, bridge: str):
        self.folder, self.bridge = folder, bridge
        self.host = f"unix://{folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        run, data = self.folder / "run", self.folder / "data"
        command = ["dockerd", "--data-root", data, "--exec-root", run, "--pidfile", self.folder / "pid"]
        command += ["-H", self.host, f"--bridge={self.bridge}", "--iptables=false", "--ip-masq=false"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                list(map(str, command)),
                env={
                    **os.environ,
                    "TMPDIR": str(self.folder),
                    "XDG_RUNTIME_DIR": str(self.folder),
                },  # the test's own goes before the engine does
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + _START_S
        while not answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < until
            time.sleep(0.05)

    def stop(self) -> None:
        """Politely, as a machine that shuts down does it: its containers end with it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Not a byte is left on its disk."""
        filler = self.folder / "data/filler"
        with contextlib.suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(bytes(1 << 20))
        try:
            yield
        finally:
            filler.unlink()


@contextlib.contextmanager
def own_engine(folder: Path, image: bytes) -> Iterator[OwnEngine]:
    """An engine with this image (a docker-archive) in it; DOCKER_HOST leads to it inside."""
    if os.geteuid() != 0:
        pytest.skip("an engine of its own needs root")
    data = folder / "data"
    data.mkdir()
    name = f"mlops{secrets.token_hex(3)}"
    before = os.environ.get("DOCKER_HOST")
    with contextlib.ExitStack() as stack:
        _system("mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", data)
        stack.callback(_system, "umount", "-l", data)
        _system("ip", "link", "add", name, "type", "bridge")
        stack.callback(_system, "ip", "link", "del", name)
        _system("ip", "addr", "add", f"10.{secrets.randbelow(200) + 20}.{secrets.randbelow(250)}.1/24", "dev", name)
        _system("ip", "link", "set", name, "up")
        engine = OwnEngine(folder, name)
        os.environ["DOCKER_HOST"] = engine.host
        stack.callback(_restore, before)
        stack.callback(engine.stop)
        engine.start()
        _load(image)
        yield engine


def _load(image: bytes) -> None:
    from jupyter_mlops.docker_client import connect

    client = connect()
    client.images.load(image)
    client.close()


def _system(*command: object) -> None:
    subprocess.run(list(map(str, command)), check=True)


def _restore(host: str | None) -> None:
    if host is None:
        os.environ.pop("DOCKER_HOST", None)
    else:
        os.environ["DOCKER_HOST"] = host
