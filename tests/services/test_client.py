from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.services.client import score


class Echo(BaseHTTPRequestHandler):
    """Answers what it got; the path is the status."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(int(self.path[1:]))
        self.send_header("X-Authorization", self.headers.get("Authorization", "none"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextlib.contextmanager
def served() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_any_answer_of_the_script_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # is not asked for a service of this machine
    with served() as uri:
        answer = score(f"{uri}/200", "the-key", '{"a": "ä"}')
        assert (answer.status, answer.body.decode()) == (200, '{"a": "ä"}')
        assert answer.headers["x-authorization"] == "Bearer the-key"
        assert answer.milliseconds > 0
        assert score(f"{uri}/500", None, b"{}").status == 500


def test_a_key_that_is_refused_is_named_but_never_shown() -> None:
    with served() as uri:
        with pytest.raises(ServiceError, match=r"service 'diabetes' wants a key \(401\)"):
            score(f"{uri}/401", None, "{}", service="diabetes")
        with pytest.raises(ServiceError, match=r"neither its primary nor its secondary") as caught:
            score(f"{uri}/403", "secret-key", "{}")
    assert "secret-key" not in str(caught.value)


def test_nobody_there_is_one_line_with_what_to_type() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ServiceError) as caught:
        score(f"http://127.0.0.1:{port}/score", None, "{}", service="diabetes")
    assert str(caught.value).startswith(f"service 'diabetes' is not running: nobody listens at http://127.0.0.1:{port}")
    assert "start()" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_answer_that_takes_too_long_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ServiceError, match=r"did not answer within 0\.1 s"):
            score(uri, None, "{}", timeout=0.1)
