"""As services are in earnest: keys, TLS and batching together. Whoever shares a batch is answered as if alone."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from tests.scoring.front.conftest import KEY, RunningFront, running
from tests.scoring.fuzz.effort import effort
from tests.scoring.fuzz.inputs import ANYTHING, FLOATS, tampered
from tests.scoring.fuzz.reference import Reference
from tests.scoring.fuzz.wire import everything, replies

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parent / "scripts" / "batched.py"
VALID = st.fixed_dictionaries(
    {"rows": st.lists(st.tuples(FLOATS, FLOATS).map(list), min_size=1, max_size=3)}, optional={"more": ANYTHING}
)
HEADERS = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=30) | st.sampled_from(
    [f"Basic {KEY}", "Bearer", "Bearer ", f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", f"Bearer {KEY.upper()}", KEY]
)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFront]:
    folder = tmp_path_factory.mktemp("guarded")
    certificate, key = str(folder / "certificate.pem"), str(folder / "key.pem")
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate]
    what = ["-subj", "/CN=guarded", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run(["openssl", "req", "-x509", *kind, *what], check=True, capture_output=True)
    # A timer, so that those who ask at once are in one batch.
    options = [
        "--tls-certificate",
        certificate,
        "--tls-key",
        key,
        "--batch",
        "8",
        "--batch-wait-ms",
        "5",
        "--wait-ms",
        "60000",
    ]
    with running(folder / "front", SCRIPT.read_text(), *options) as started:
        before = started.until(lambda status: True)
        yield started
        after = started.until(lambda status: True)
        assert after["workers"] == before["workers"]
        assert after["pid"] == before["pid"]
        assert "Traceback" not in started.log()
        assert KEY not in started.log()


class Clients:
    """Connections over TLS that are kept, one for each request of a batch."""

    def __init__(self, front: RunningFront, stack: ExitStack) -> None:
        self._context = ssl.create_default_context(cafile=str(front.folder.parent / "certificate.pem"))
        self._front = front
        self._stack = stack
        self._open: list[ssl.SSLSocket] = []

    def ask(self, bodies: Sequence[bytes], authorization: str = f"Bearer {KEY}") -> list[tuple[int, bytes]]:
        """All are sent before any answer is read."""
        while len(self._open) < len(bodies):
            self._open.append(self.connect())
        asking = self._open[: len(bodies)]
        head = f"POST /score HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nAuthorization: {authorization}"
        for connection, body in zip(asking, bodies, strict=True):
            connection.sendall(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode("latin-1") + body)
        return [self._answer(connection) for connection in asking]

    def connect(self) -> ssl.SSLSocket:
        plain = self._stack.enter_context(socket.create_connection(("127.0.0.1", self._front.port), timeout=60))
        return self._stack.enter_context(self._context.wrap_socket(plain, server_hostname="127.0.0.1"))

    def _answer(self, connection: ssl.SSLSocket) -> tuple[int, bytes]:
        got = b""
        while b"\r\n\r\n" not in got:
            got += _more(connection)
        head, _, body = got.partition(b"\r\n\r\n")
        lines = [line.lower() for line in head.split(b"\r\n")]
        if b"connection: close" in lines:
            self._open.remove(connection)
        length = next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))
        while len(body) < length:
            body += _more(connection)
        return int(lines[0].split()[1]), body


def _more(connection: ssl.SSLSocket) -> bytes:
    data = connection.recv(65536)
    assert data, "closed before the answer was whole"
    return data


@pytest.fixture
def clients(front: RunningFront) -> Iterator[Clients]:
    with ExitStack() as stack:
        yield Clients(front, stack)


def test_each_of_a_batch_is_answered_as_if_alone(front: RunningFront, clients: Clients) -> None:
    reference = Reference("batched")

    @effort(150)
    @given(documents=st.lists(VALID | tampered(VALID) | ANYTHING, min_size=1, max_size=6))
    def ask(documents: list[Any]) -> None:
        bodies = [json.dumps(document).encode() for document in documents]
        for body, (status, content) in zip(bodies, clients.ask(bodies), strict=True):
            wanted = reference.answer(body)
            note(f"{body!r} was answered {status} {content!r}; wanted was {wanted!r}")
            assert status == (400 if wanted is None else 200)
            assert wanted is None or json.loads(content) == wanted

    ask()
    assert batch_sizes(front) > 1.2


def batch_sizes(front: RunningFront) -> float:
    """Requests that went to the worker together, on the average."""
    lines = front.control.get("/metrics").text.splitlines()
    found = {line.partition("{")[0]: float(line.split()[-1]) for line in lines if line.startswith("mlops_batch_size")}
    return found["mlops_batch_size_sum"] / found["mlops_batch_size_count"]


def test_no_other_key_opens(clients: Clients) -> None:
    @effort(100)
    @given(authorization=HEADERS, document=VALID)
    def ask(authorization: str, document: Any) -> None:
        ((status, content),) = clients.ask([json.dumps(document).encode()], authorization)
        note(f"{authorization!r} was answered {status} {content!r}")
        assert status in (401, 403)

    ask()


def test_noise_under_tls_and_in_its_place(front: RunningFront, clients: Clients) -> None:
    @effort(60)
    @given(noise=st.binary(min_size=1, max_size=200), inside=st.booleans())
    def ask(noise: bytes, inside: bool) -> None:
        if inside:
            with clients.connect() as connection:
                connection.sendall(noise + b"\r\n\r\n\r\n\r\n")
                assert all(400 <= reply.status < 500 or reply.status in (501, 505) for reply in _heard(connection))
        else:
            with socket.create_connection(("127.0.0.1", front.port), timeout=60) as plain:
                plain.sendall(noise)
                plain.shutdown(socket.SHUT_WR)
                assert b"HTTP/1.1 2" not in everything(plain)

    ask()
    assert clients.ask([b'{"rows": [[1, 2]]}']) == [(200, b'["[1.0, 2.0]"]')]


def _heard(connection: ssl.SSLSocket) -> list[Any]:
    return replies(everything(connection))
