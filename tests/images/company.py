"""A company's network in small: a package index with its own CA and logins, behind a proxy with a password.

Names end in `.canary.example`: only the proxy knows where they are, so that what arrives came through it.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from tests.tls import Certificates, carry

__all__ = ["LOGINS", "PROXY_LOGIN", "Company", "company", "spellings"]

PROXY_LOGIN = "canary-proxy-user:canary-proxy-password"
LOGINS = {
    "uv-index.canary.example": "canary-uv-user:canary-uv-password",
    "uv-extra.canary.example": "canary-netrc-user:canary-netrc-password",
    "pip-index.canary.example": "canary-pip-user:canary-pip-password",
}
"""Host of an index → its user and password."""


def spellings(login: str) -> list[bytes]:
    """How a login could lie somewhere: its password, and as a header has it."""
    return [login.partition(":")[2].encode(), base64.b64encode(login.encode())]


class Company:
    """`proxy` and `certificate` are what a user is given; `seen` the hosts and paths that were asked for, let in."""

    def __init__(self, proxy: str, certificate: Path):
        self.proxy = proxy
        self.certificate = certificate
        self.seen: list[tuple[str, str]] = []
        self.refused = 0


@contextlib.contextmanager
def company(folder: Path, wheels: Path, address: str) -> Iterator[Company]:
    """An index of the wheels in a folder, and its proxy at `address` (one that containers reach, too)."""
    certificates = Certificates(folder / "tls", ",".join(f"DNS:{host}" for host in LOGINS))
    with contextlib.ExitStack() as running:
        found = Company("", certificates.ca)
        index = _Server(("127.0.0.1", 0), type("Index", (_Index,), {"company": found, "wheels": wheels}))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.certificate, certificates.key)
        index.socket = context.wrap_socket(index.socket, server_side=True, do_handshake_on_connect=False)
        names = {"company": found, "index": index.server_address}
        proxy = socketserver.ThreadingTCPServer((address, 0), type("Proxy", (_Proxy,), names))
        for server in (index, proxy):
            server.daemon_threads = True
            running.callback(_end, server, _serve(server))
        found.proxy = f"http://{PROXY_LOGIN}@{address}:{proxy.server_address[1]}"
        yield found


def _serve(server: Any) -> threading.Thread:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    return thread


def _end(server: Any, thread: threading.Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that goes away in the middle is its own business."""


class _Index(BaseHTTPRequestHandler):
    """The simple repository API (https://packaging.python.org/en/latest/specifications/simple-repository-api/)."""

    company: ClassVar[Company]
    wheels: ClassVar[Path]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        host = self.headers["Host"].partition(":")[0]
        wanted = "Basic " + base64.b64encode(LOGINS[host].encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self._answer(401, b"who is it?", {"WWW-Authenticate": 'Basic realm="index"'})
            return
        self.company.seen.append((host, self.path))
        project = self.path.strip("/").split("/")[-1]
        if self.path.endswith(".whl"):
            self._answer(200, (self.wheels / project).read_bytes(), {"Content-Type": "application/octet-stream"})
            return
        mine = [path.name for path in self.wheels.glob("*.whl") if path.name.split("-")[0].replace("_", "-") == project]
        links = "".join(f'<a href="/files/{name}">{name}</a>' for name in sorted(mine))
        self._answer(200 if mine else 404, f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), {})

    do_HEAD = do_GET

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "text/html"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Proxy(socketserver.StreamRequestHandler):
    """CONNECT alone, with a password; every host that it knows is the index."""

    company: ClassVar[Company]
    index: ClassVar[tuple[str, int]]

    def handle(self) -> None:
        head = self.rfile.readline().decode("latin-1").split()
        headers = dict(iter(self._header, None))
        wanted = "Basic " + base64.b64encode(PROXY_LOGIN.encode()).decode()
        if headers.get("proxy-authorization") != wanted:
            self.company.refused += 1
            self._say("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="proxy"')
            return
        if head[:1] != ["CONNECT"] or head[1].partition(":")[0] not in LOGINS:
            self._say("502 Bad Gateway")
            return
        with socket.create_connection(self.index) as beyond:
            self._say("200 Connection established")
            carry(self.connection, beyond)

    def _header(self) -> tuple[str, str] | None:
        name, colon, value = self.rfile.readline().decode("latin-1").strip().partition(":")
        return (name.lower(), value.strip()) if colon else None

    def _say(self, status: str, *headers: str) -> None:
        self.wfile.write("\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode())
