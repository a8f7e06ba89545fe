"""TLS from files. The context stays the same object when they are renewed: new handshakes take what it holds then."""

from __future__ import annotations

import ssl
from pathlib import Path

__all__ = ["TlsFiles"]


class TlsFiles:
    """A server's certificate and key; `clients` holds the certificates of those who may connect, None: anybody.

    One that is added to `clients` may connect at once; one that is taken out until the front starts again.
    """

    def __init__(self, certificate: Path, key: Path, clients: Path | None):
        self.paths = [path for path in (certificate, key, clients) if path is not None]
        self._certificate = certificate
        self._key = key
        self._clients = clients
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        if clients is not None:
            self.context.verify_mode = ssl.CERT_REQUIRED
        self.read()

    def read(self) -> None:
        """Reads the files; raises OSError (ssl.SSLError among them), and the old ones stay."""
        probe = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        probe.load_cert_chain(self._certificate, self._key)  # a pair that does not fit must not reach the context
        self.context.load_cert_chain(self._certificate, self._key)
        if self._clients is not None:
            self.context.load_verify_locations(self._clients)
