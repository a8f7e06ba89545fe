"""A script behind a real front and worker, a client that keeps its connection, and what must be true in the end."""

from __future__ import annotations

import http.client
import json
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from jupyter_mlops.scoring.front.http_limits import HttpLimits
from tests.scoring.serving import Server, ours

__all__ = ["SIGNATURES", "Answer", "Service", "lock_without_schema", "started"]

_PATIENT = ("--wait-ms", "60000")
"""A busy machine is no reason for 503."""
_RESTED_S = HttpLimits().idle_seconds / 2

SIGNATURES: dict[str, dict[str, Any]] = {
    "signed": {
        "signature": {
            "kind": "frame",
            "shape": [None, 3],
            "columns": [
                {"name": "age", "dtype": "int64"},
                {"name": "weight", "dtype": "float64"},
                {"name": "ward", "dtype": "object", "categories": ["a", "b"]},
            ],
        },
        "probe": {"body": '{"data": [{"age": 1, "weight": 0.5, "ward": "a"}]}'},
    }
}
"""What the model of an undecorated script was registered with."""


def lock_without_schema(folder: Path) -> str:
    """A lock of what the scripts import, inference-schema left out: the worker sees nothing else."""
    modules = {"numpy": "numpy", "pandas": "pandas", "python-dateutil": "dateutil", "six": "six"}
    packages = [{"name": name, "version": version(name), "modules": [top]} for name, top in modules.items()]
    lock = folder / "lock.json"
    lock.write_text(json.dumps({"python": platform.python_version(), "packages": packages}))
    return str(lock)


class Answer(NamedTuple):
    """Of one request."""

    status: int
    body: bytes
    content_type: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Service:
    """`post` and `get` use one connection for as long as the server keeps it."""

    def __init__(self, server: Server, control: Path) -> None:
        self.server = server
        self.port = server.port
        self._control = control
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self._used = 0.0
        self._workers = self._status()["workers"]

    def post(self, body: bytes, content_type: str = "application/json") -> Answer:
        return self.ask("POST", "/score", body, {"Content-Type": content_type})

    def ask(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        if time.monotonic() - self._used > _RESTED_S:
            self._connection.close()  # the server may have; it is opened again
        self._used = time.monotonic()
        self._connection.request(method, target, body, dict(headers or {}))
        answer = self._connection.getresponse()
        content = answer.read()
        return Answer(answer.status, content, answer.headers.get("Content-Type", ""))

    def check(self) -> None:
        """The front is the process it was, its workers are too, and nothing of ours ended in a traceback."""
        assert self.server.process.poll() is None, self.server.log
        status = self._status()
        assert status["pid"] == self.server.process.pid
        assert status["state"] == "Healthy"
        assert status["workers"] == self._workers
        assert all(worker["restarts"] == 0 for worker in self._workers)
        log = self.server.log
        assert "Fatal error" not in log, log
        assert "Exception in callback" not in log, log
        assert "jupyter_mlops/scoring/front/" not in log, log

    def close(self) -> None:
        self._connection.close()

    def _status(self) -> dict[str, Any]:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self._control)), base_url="http://control") as client:
            status: dict[str, Any] = client.get("/status", timeout=30).json()
            return status


@contextmanager
def started(folder: Path, registered: Mapping[str, Any] | None = None) -> Iterator[Service]:
    """The service of `folder/score.py`; `registered` are fields of its revision."""
    control = folder / "ctl"
    options = [*_PATIENT, "--control", str(control)]
    if registered is not None:
        revision = {
            "app_root": str(folder),
            "entry_script": "score.py",
            "python": sys.executable,
            "limits": {"wait_ms": 60_000},
            **registered,
        }
        (folder / "revision.json").write_text(json.dumps(revision))
        options = ["--revision", str(folder / "revision.json"), "--control", str(control)]
    with ours(folder, *options) as server:
        service = Service(server, control)
        try:
            yield service
        finally:
            service.close()
