"""TLS from files. Renewed files make a new context: of an old one, no certificate that it trusts can be taken out."""

from __future__ import annotations

import ssl
from pathlib import Path

__all__ = ["TlsFiles"]


class TlsFiles:
    """A server's certificate and key; `clients` holds the certificates of those who may connect, None: anybody.

    `context` is for handshakes from now on; sessions of the one before cannot be resumed with it.
    """

    def __init__(self, certificate: Path, key: Path, clients: Path | None):
        self.paths = [path for path in (certificate, key, clients) if path is not None]
        self._certificate = certificate
        self._key = key
        self._clients = clients
        self._trusted = ""
        self.read()

    def read(self) -> bool:
        """Reads the files, and says whether other clients may connect now.

        Raises OSError (ssl.SSLError among them), and the old context stays.
        """
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        context.load_cert_chain(self._certificate, self._key)
        trusted = self._trusted
        if self._clients is not None:
            trusted = self._clients.read_text(encoding="ascii", errors="replace")
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=trusted)
        others, self._trusted = trusted != self._trusted, trusted
        self.context = context
        return others
