"""Scoring servers as processes, ours and azureml-inference-server-http's, and requests to them on plain sockets."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.fixtures.ports import free_port

__all__ = ["Exchange", "NotStarted", "Server", "ours", "recorded_body", "recorded_headers", "send", "theirs"]

_PATIENCE_S = 60
_LOOK_S = 0.03


class NotStarted(Exception):
    """The server ended before it served; `code` is its exit code."""

    def __init__(self, code: int, log: str) -> None:
        super().__init__(f"exit code {code}\n{log}")
        self.code = code
        self.log = log


class Server(NamedTuple):
    """A server that answers on 127.0.0.1; `log` is the file with what it prints."""

    port: int
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")


class Exchange(NamedTuple):
    """What came back; names of headers in lower case, all of them kept."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for each, value in self.headers if each == name), None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@contextmanager
def ours(folder: Path, *options: str, env: Mapping[str, str] = {}) -> Iterator[Server]:
    """`python -m jupyter_mlops.scoring` on `folder/score.py`."""
    port = free_port()
    command = [sys.executable, "-m", "jupyter_mlops.scoring"]
    if "--revision" not in options:
        command += ["--entry-script", str(folder / "score.py")]
    surroundings = {"JUPYTER_MLOPS_AUTH": "off", "AML_APP_ROOT": str(folder), **env}
    with _served([*command, "--port", str(port), *options], port, folder, surroundings, "ours.log") as server:
        yield server


@contextmanager
def theirs(python: Path, folder: Path, *options: str, env: Mapping[str, str] = {}) -> Iterator[Server]:
    """azureml-inference-server-http on the same folder, in the environment of `python`."""
    port = free_port()
    command = [str(python), "-m", "azureml_inference_server_http", "--entry_script", str(folder / "score.py")]
    surroundings = {"AML_APP_ROOT": str(folder), "PYTHONUNBUFFERED": "1", **env}
    with _served([*command, "--port", str(port), *options], port, folder, surroundings, "theirs.log") as server:
        yield server


@contextmanager
def _served(
    command: list[str], port: int, folder: Path, surroundings: Mapping[str, str], log_name: str
) -> Iterator[Server]:
    log = folder.parent / f"{folder.name}.{log_name}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **surroundings},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _await(process, port, log)
        yield Server(port, process, log)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise NotStarted(process.returncode, log.read_text(errors="replace"))
        try:
            if send(port, "GET", "/").status == 200:
                return
        except OSError:
            pass  # nobody listens yet
        time.sleep(_LOOK_S)
    raise NotStarted(-1, log.read_text(errors="replace"))


def send(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Iterator[Any] | list[Any] | tuple[Any, ...] = (),
    *,
    chunked: bool = False,
) -> Exchange:
    """One request on a connection of its own, with no header but Host, the length and those given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if chunked:
            connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders([body or b""], encode_chunked=True)
        else:
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
        answer = connection.getresponse()
        content = answer.read()
        return Exchange(answer.status, [(name.lower(), value) for name, value in answer.getheaders()], content)
    finally:
        connection.close()


def recorded_body(case: Mapping[str, Any], field: str = "body") -> bytes | None:
    """The body of a recorded request or response: as text, as base64, or as a recipe."""
    if f"{field}_b64" in case:
        return base64.b64decode(case[f"{field}_b64"])
    if f"{field}_gen" in case:
        return _made(case[f"{field}_gen"]).encode()
    text = case.get(field)
    return None if text is None else text.encode()


def recorded_headers(case: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The headers of a recorded request."""
    return [(name, value if isinstance(value, str) else _made(value)) for name, value in case["headers"]]


def _made(recipe: Mapping[str, Any]) -> str:
    return f"{recipe.get('prefix', '')}{recipe['unit'] * recipe['n']}{recipe.get('suffix', '')}"
