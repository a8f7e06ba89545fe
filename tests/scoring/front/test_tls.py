"""TLS with certificates that openssl made: who is let in by `--tls-clients`."""

from __future__ import annotations

import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.scoring.front.conftest import ECHO, KEY, RunningFront, Start

BEARER = {"Authorization": f"Bearer {KEY}"}


def make(folder: Path, name: str) -> tuple[str, str]:
    """The files of a certificate that signs itself, and of its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}-key.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key)]
    what = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-out", str(certificate)]
    subprocess.run(["openssl", "req", "-x509", *kind, *what], check=True, capture_output=True)
    return str(certificate), str(key)


def session(server: str, client: tuple[str, str] | None) -> httpx.Client:
    """Somebody who trusts `server` and shows the certificate `client`."""
    context = ssl.create_default_context(cafile=server)
    if client is not None:
        context.load_cert_chain(*client)
    return httpx.Client(verify=context, trust_env=False)


def score(front: RunningFront) -> str:
    return f"https://127.0.0.1:{front.port}/score"


def post(front: RunningFront, server: str, client: tuple[str, str] | None) -> httpx.Response:
    with session(server, client) as http:
        return http.post(score(front), json={"n": 1}, headers=BEARER)


def wait_for(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.05)


def wait_for_renewal(front: RunningFront, count: int) -> None:
    wait_for(lambda: front.log().count("the certificate has changed") == count)


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
    wait_for_renewal(front, 1)
    assert post(front, server[0], unknown).status_code == 200

    with session(server[0], known) as http:
        assert http.post(score(front), json={"n": 1}, headers=BEARER).status_code == 200
        clients.write_text(Path(unknown[0]).read_text())
        wait_for_renewal(front, 2)
        with pytest.raises(httpx.TransportError):  # on the open connection, too
            http.post(score(front), json={"n": 1}, headers=BEARER)
    with pytest.raises(httpx.TransportError):
        post(front, server[0], known)
    assert post(front, server[0], unknown).status_code == 200
    clients.write_text("nobody")
    wait_for(lambda: "the renewed certificate cannot be used" in front.log())
    assert post(front, server[0], unknown).status_code == 200
    assert "Traceback" not in front.log()


def test_a_renewed_certificate_leaves_open_connections_alone(start: Start, tmp_path: Path) -> None:
    server = make(tmp_path, "server")
    front = start(ECHO, "--tls-certificate", server[0], "--tls-key", server[1])
    with session(server[0], None) as http:
        assert http.post(score(front), json={"n": 1}, headers=BEARER).status_code == 200
        make(tmp_path, "server")
        wait_for_renewal(front, 1)
        assert http.post(score(front), json={"n": 1}, headers=BEARER).status_code == 200  # it trusts the first alone
    assert post(front, server[0], None).status_code == 200
