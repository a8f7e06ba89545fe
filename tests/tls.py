"""TLS for a server that has none: certificates of both sides, and a front that wants them."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Certificates", "carry", "tls_front"]


class Certificates:
    """A CA and one certificate of it, good for 127.0.0.1 and for a client; named as DOCKER_CERT_PATH wants them."""

    def __init__(self, folder: Path, names: str = "IP:127.0.0.1"):
        folder.mkdir()
        self.folder, self.ca = folder, folder / "ca.pem"
        self.certificate, self.key = folder / "cert.pem", folder / "key.pem"
        (folder / "names").write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
        for command in (
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem",
            "req -newkey rsa:2048 -nodes -subj /CN=test -keyout key.pem -out test.csr",
            "x509 -req -in test.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert.pem",
        ):
            subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)


def carry(one: socket.socket, other: socket.socket) -> None:
    """Bytes from each to the other, until one of them ends."""
    to = {one: other, other: one}
    with contextlib.suppress(OSError):
        while True:
            held = [side for side in to if isinstance(side, ssl.SSLSocket) and side.pending()]
            for ready in held or select.select([one, other], [], [])[0]:
                data = ready.recv(65536)
                if not data:
                    return
                to[ready].sendall(data)


@contextlib.contextmanager
def tls_front(certificates: Certificates, behind: tuple[str, int]) -> Iterator[int]:
    """A port of 127.0.0.1 that lets in who has a certificate of the CA, to the server behind it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    context.load_verify_locations(certificates.ca)
    context.verify_mode = ssl.CERT_REQUIRED

    class Front(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                contextlib.suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as inside,
                socket.create_connection(behind) as beyond,
            ):
                carry(inside, beyond)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Front) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
