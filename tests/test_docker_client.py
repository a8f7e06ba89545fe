"""How the engine is found and reached, and the one line that says why it is not."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from jupyter_mlops.docker_client import address, connect
from jupyter_mlops.errors import ServiceError
from tests.services.docker.containers import engine_or_skip
from tests.tls import Certificates, tls_front

pytest.importorskip("docker", reason="the Docker SDK is not installed (pip install docker)")


@pytest.fixture(autouse=True)
def _own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker/config.json").write_text("{}")  # the SDK looks for contexts beside it
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    for name in ("DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)


# ── why not ──


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as caught:
        connect()
    assert caught.value.message == (
        f"no Docker engine answers at unix://{tmp_path}/no-engine.sock;"
        " start it, or set DOCKER_HOST; --target process needs none"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_an_engine_that_this_user_may_not_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(path))
        engine.listen()
        path.chmod(0o600)
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        said = _as_nobody(lambda: connect())
    assert said == (
        f"you may not use the Docker engine at unix://{path};"
        ' sudo usermod -aG docker "$USER", then log in again; --target process needs none'
    )


def _as_nobody(call: Any) -> str:
    """What a call raises in a process of a user who may nothing."""
    import docker.context  # noqa: F401 - nobody may not read where it lies

    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setuid(65534)
            call()
        except ServiceError as error:
            os.write(theirs, error.message.encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(theirs)
    with os.fdopen(ours) as told:
        return told.read()


@pytest.fixture
def old_engine() -> Iterator[str]:
    """What an engine of 2017 says of itself."""

    class Old(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"Version": "17.03.0-ce", "ApiVersion": "1.26", "MinAPIVersion": "1.12"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Old) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"tcp://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_engine_that_is_too_old(old_engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", old_engine)
    with pytest.raises(ServiceError, match=r"at tcp://127.* is too old \(its API is 1.26\)\. Docker 19.03 or newer"):
        connect()


def test_certificates_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    with pytest.raises(ServiceError, match=r"how to reach the Docker engine cannot be read: .*DOCKER_CERT_PATH"):
        connect()


def test_a_context_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setenv("DOCKER_CONTEXT", "office")
    with pytest.raises(ServiceError, match="there is no Docker context 'office'; docker context ls"):
        connect()


def test_with_nothing_said_it_is_the_one_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST")
    assert address() == "unix:///var/run/docker.sock"


# ── the real engine, in all the ways that `docker` finds it ──


@pytest.fixture
def engine() -> str:
    """Its address over TCP; nothing says so to who looks for it."""
    engine_or_skip("JUPYTER_MLOPS_TEST_DOCKER_TCP")
    return os.environ.pop("DOCKER_HOST")


def _engine_name() -> str:
    client = connect()
    try:
        return str(client.info()["ID"])
    finally:
        client.close()


def _create_context(name: str, endpoint: str) -> None:
    program = shutil.which("docker")
    if program is None:
        pytest.skip("the docker command is not installed (.ci/docker install)")
    subprocess.run([program, "context", "create", name, "--docker", endpoint], check=True, capture_output=True)


@pytest.mark.docker
def test_a_context_that_was_chosen(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _create_context("office", f"host={engine}")
    subprocess.run(["docker", "context", "use", "office"], check=True, capture_output=True)
    assert address() == engine
    chosen = _engine_name()
    monkeypatch.setenv("DOCKER_CONTEXT", "default")
    assert address() == "unix:///var/run/docker.sock"
    monkeypatch.setenv("DOCKER_HOST", engine)
    assert _engine_name() == chosen


@pytest.mark.docker
def test_tls_with_certificates_of_both_sides(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, others = Certificates(tmp_path / "mine"), Certificates(tmp_path / "others")
    with tls_front(mine, ("127.0.0.1", int(urlsplit(engine).port or 0))) as port:
        _create_context("secure", f"host=tcp://127.0.0.1:{port},ca={mine.ca},cert={mine.certificate},key={mine.key}")
        monkeypatch.setenv("DOCKER_CONTEXT", "secure")
        name = _engine_name()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{port}")
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
        monkeypatch.setenv("DOCKER_CERT_PATH", str(mine.folder))
        assert _engine_name() == name
        monkeypatch.setenv("DOCKER_CERT_PATH", str(others.folder))
        with pytest.raises(ServiceError, match="do not trust each other"):
            connect()


# ── what it lists ──


@pytest.mark.docker
def test_what_somebody_removes_while_it_is_listed_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    client, label = engine_or_skip().raw(), f"listed-{secrets.token_hex(4)}"
    container = client.containers.create("jupyter-mlops/base:{}.{}".format(*sys.version_info[:2]), labels=[label])
    image = container.commit(changes=f"LABEL {label}=")
    mine = {"label": label}
    assert [one.id for one in client.containers.list(all=True, filters=mine)] == [container.id]
    assert [one.id for one in client.images.list(filters=mine)] == [image.id]

    def meanwhile(name: str, gone: Callable[[], object]) -> None:
        listed = getattr(client.api, name)

        def list_then_lose(*arguments: object, **asked: object) -> object:
            found = listed(*arguments, **asked)
            gone()
            return found

        monkeypatch.setattr(client.api, name, list_then_lose)

    meanwhile("containers", lambda: container.remove())
    meanwhile("images", lambda: client.api.remove_image(image.id))
    assert client.containers.list(all=True, filters=mine) == []
    assert client.images.list(filters=mine) == []
