"""A real front with a real worker, on a free port, gone after the test."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

KEY = "key-one"
ECHO = """
import json, os, time

def init():
    print("init ran")

def run(data):
    wanted = json.loads(data)
    if "sleep" in wanted:
        time.sleep(wanted["sleep"])
    if "until" in wanted:
        open(wanted["until"] + ".awaited", "w").close()
        while not os.path.exists(wanted["until"]):
            time.sleep(0.01)
    if "exit" in wanted:
        os._exit(wanted["exit"])
    if "raise" in wanted:
        raise ValueError(wanted["raise"])
    return {"echo": wanted, "pid": os.getpid()}
"""

MEET = """
import os, time
from pathlib import Path
from uuid import uuid4

def init():
    print("init ran")

def run(data):
    Path(f"begun-{os.getpid()}-{uuid4().hex}").touch()
    wanted, seconds = map(float, data.split())
    end = time.monotonic() + seconds
    while (begun := len(list(Path().glob("begun-*")))) < wanted and time.monotonic() < end:
        time.sleep(0.01)
    return begun
"""
"""`run` ends when so many runs have begun, or after so many seconds; it says how many had."""


class RunningFront:
    """A front process; `http` and `control` are clients of its two doors."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes], log: Path):
        self.folder = folder
        self.process = process
        self.log_file = log
        self.control = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(folder / "ctl")), base_url="http://control", timeout=30
        )
        self.port = 0
        self.http = httpx.Client(trust_env=False)

    def wait(self, state: str = "Healthy", seconds: float = 60.0) -> dict[str, Any]:
        """Until the front is in a state; its status."""
        return self.until(lambda status: status["state"] == state, seconds)

    def until(self, condition: Callable[[dict[str, Any]], bool], seconds: float = 60.0) -> dict[str, Any]:
        """Until the status fulfils a condition."""
        end = time.monotonic() + seconds
        status: dict[str, Any] = {}
        while time.monotonic() < end:
            if self.is_open():
                status = self.control.get("/status").json()
                if condition(status):
                    return status
            assert self.process.poll() is None, self.log()
            time.sleep(0.02)
        raise AssertionError(f"{status}\n{self.log()}")

    def is_open(self) -> bool:
        """The control door answers (httpx would leave a socket behind when it does not)."""
        with socket.socket(socket.AF_UNIX) as door:
            return door.connect_ex(str(self.folder / "ctl")) == 0

    def connect(self) -> None:
        """Finds the port."""
        self.port = self.until(lambda status: True)["port"]
        self.http.close()
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=30,
            trust_env=False,
        )

    def post(self, document: Any, **more: Any) -> httpx.Response:
        """POST /score."""
        return self.http.post("/score", json=document, **more)

    def raw(self, data: bytes, *, shut: bool = False, seconds: float = 60.0) -> bytes:
        """Sends bytes on a connection of its own, gives all that comes back until the front closes or falls silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(data)
            if shut:
                connection.shutdown(socket.SHUT_WR)
            return read_all(connection)

    def candidate(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        """POST /candidate; its events."""
        with self.control.stream("POST", "/candidate", json=document) as response:
            assert response.status_code == 200, response.read()
            return [json.loads(line) for line in response.iter_lines()]

    def log(self) -> str:
        """What it has said so far; it writes a little later than it speaks."""
        with contextlib.suppress(httpx.TransportError):  # it ends at this moment
            if not self.control.is_closed and self.process.poll() is None and self.is_open():
                self.control.post("/log/written")
        return self.log_file.read_text("utf-8")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ends it; its exit code."""
        self.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)

    def close(self) -> None:
        """Ends the clients."""
        self.control.close()
        self.http.close()


def read_all(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    got = b""
    while True:
        try:
            data = connection.recv(65536)
        except (TimeoutError, ConnectionResetError):
            return got
        if not data:
            return got
        got += data


@contextmanager
def running(
    folder: Path, script: str, *options: str, ready: bool = True, env: dict[str, str] | None = None
) -> Iterator[RunningFront]:
    """A front in `folder`, with three keys."""
    keys = folder / "keys"
    keys.mkdir(parents=True)
    (keys / "primary").write_text(KEY)
    (keys / "secondary").write_text("key-two")
    (keys / "scrape").write_text("key-scrape")
    (folder / "score.py").write_text(script)
    ours = ("AZUREML", "AML_", "JUPYTER_MLOPS")
    surroundings = {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
        "JUPYTER_MLOPS_KEYS_DIR": str(keys),
        **(env or {}),
    }
    command = [sys.executable, "-m", "jupyter_mlops.scoring", "--port", "0", "--control", str(folder / "ctl"), *options]
    if "--revision" not in options:
        command += ["--entry-script", "score.py"]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=surroundings, stdout=output, stderr=subprocess.STDOUT)
    front = RunningFront(folder, process, log)
    try:
        if ready:
            front.wait()
        front.connect()
        yield front
    finally:
        front.close()
        _end(front)


def _end(front: RunningFront) -> None:
    if front.process.poll() is not None:
        return
    front.process.terminate()
    try:
        front.process.wait(30)
    except subprocess.TimeoutExpired:
        front.process.kill()
        front.process.wait()
        raise AssertionError(f"the front did not stop\n{front.log()}") from None


Start = Callable[..., RunningFront]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start(script, *options, ready=True, env={})` → a front."""
    with ExitStack() as fronts:
        numbers = itertools.count()

        def begin(script: str = ECHO, *options: str, **how: Any) -> RunningFront:
            return fronts.enter_context(running(tmp_path / f"front{next(numbers)}", script, *options, **how))

        yield begin


@pytest.fixture
def front(start: Start) -> RunningFront:
    """A front that echoes."""
    return start()
