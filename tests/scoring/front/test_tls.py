"""TLS with certificates that openssl made: who is let in by `--tls-clients`."""

from __future__ import annotations

import ssl
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.scoring.front.conftest import ECHO, KEY, RunningFront, Start


def make(folder: Path, name: str) -> tuple[str, str]:
    """The files of a certificate that signs itself, and of its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}-key.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key)]
    what = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-out", str(certificate)]
    subprocess.run(["openssl", "req", "-x509", *kind, *what], check=True, capture_output=True)
    return str(certificate), str(key)


def post(front: RunningFront, server: str, client: tuple[str, str] | None) -> httpx.Response:
    """A request of somebody who trusts `server` and shows the certificate `client`."""
    context = ssl.create_default_context(cafile=server)
    if client is not None:
        context.load_cert_chain(*client)
    with httpx.Client(verify=context, trust_env=False) as http:
        url = f"https://127.0.0.1:{front.port}/score"
        return http.post(url, json={"n": 1}, headers={"Authorization": f"Bearer {KEY}"})


def test_mutual_tls(start: Start, tmp_path: Path) -> None:
    server, known, unknown = (make(tmp_path, name) for name in ("server", "known", "unknown"))
    clients = tmp_path / "clients.pem"
    clients.write_text(Path(known[0]).read_text())
    options = ["--tls-certificate", server[0], "--tls-key", server[1], "--tls-clients", str(clients)]
    front = start(ECHO, *options)

    assert post(front, server[0], known).json()["echo"] == {"n": 1}
    for client in (None, unknown):
        with pytest.raises(httpx.TransportError):
            post(front, server[0], client)

    clients.write_text(Path(known[0]).read_text() + Path(unknown[0]).read_text())
    end = time.monotonic() + 5
    while "the certificate has changed" not in front.log():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert post(front, server[0], unknown).status_code == 200
    assert "Traceback" not in front.log()
