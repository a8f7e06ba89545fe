"""A Jupyter server of its own process, as a user starts it: what it loads, how fast it is, what its end leaves."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from jupyter_mlops.records import CapturedModel
from jupyter_mlops.registry import models
from jupyter_mlops.sdk.operation import Operation
from jupyter_mlops.sdk.webservice import Webservice
from jupyter_mlops.sdk.workspace import Workspace
from jupyter_mlops.serverextension.routes import ROUTES
from tests.fixtures.stores import PROVENANCE

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def configure(tmp_path: Path) -> None:
    """The configuration file that the wheel brings."""
    config = tmp_path / "etc/jupyter_server_config.d"
    config.mkdir(parents=True, exist_ok=True)
    (config / "jupyter_mlops.json").write_text(
        (ROOT / "jupyter-config/server-config/jupyter_mlops.json").read_text(encoding="utf-8")
    )


@contextmanager
def jupyter(tmp_path: Path, ready: str = "/verbs") -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """`jupyter server`, as it is installed, under a base URL; `ready` answers when it is up."""
    configure(tmp_path)
    (tmp_path / "root").mkdir()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    log = (tmp_path / "jupyter.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", f"--port={port}", "--port-retries=0", "--no-browser", "--allow-root",
         "--IdentityProvider.token=secret",
         f"--ServerApp.root_dir={tmp_path / 'root'}", "--ServerApp.base_url=/user/ada/"],
        env={**os.environ, "HOME": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path / "etc"),
             "JUPYTER_DATA_DIR": str(tmp_path / "jd"), "JUPYTER_RUNTIME_DIR": str(tmp_path / "jr")},
        stderr=log,
    )  # fmt: skip
    headers = {"Authorization": "token secret"}
    base = f"http://127.0.0.1:{port}/user/ada/jupyter-mlops"
    try:
        with httpx.Client(base_url=base, headers=headers, timeout=60, trust_env=False) as client:
            wait_until(lambda: answers(client, ready), 60)
            yield process, client
    finally:
        process.terminate()
        process.wait(60)
        log.close()


def answers(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).status_code == 200
    except httpx.TransportError:
        return False


def quickest(work: Any, enough: float) -> float:
    """Seconds, of a few tries: on a machine that does other things too."""
    best = float("inf")
    for _ in range(5):
        began = time.monotonic()
        work()
        best = min(best, time.monotonic() - began)
        if best < enough:
            break
    return best


def wait_until(true: Any, seconds: float) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def fill(workspace: Workspace, folder: Path, count: int) -> None:
    folder.mkdir()
    (folder / "model.pkl").write_bytes(b"weights")
    captured = CapturedModel(folder=str(folder), flavor="pickle", framework="ScikitLearn")
    with workspace.store.transaction():
        for number in range(count):
            models.register(workspace.store, f"model-{number:04}", captured, provenance=PROVENANCE)


def test_a_thousand_models_are_listed_at_once_and_no_framework_is_loaded(tmp_path: Path) -> None:
    with Workspace() as workspace:
        fill(workspace, tmp_path / "captured", 1000)
    with jupyter(tmp_path) as (process, client):
        for path in ("/workspace", "/models", "/images", "/services", "/operations", "/targets", "/lineage", "/events"):
            assert client.get(path).status_code == 200, path
        for query in ({"latest": True}, {"q": "MODEL-09"}, {"framework": "ScikitLearn", "offset": 900}):
            assert len(client.get("/models", params=query).json()["items"]) == 50
            assert quickest(lambda query=query: client.get("/models", params=query), 0.3) < 0.3, query
        loaded = Path(f"/proc/{process.pid}/maps")
        if loaded.exists():  # Linux
            assert not re.findall(r"site-packages/(?:numpy|sklearn|pandas|scipy)/\S+", loaded.read_text())


def test_every_route_under_a_base_url_wants_the_pages_xsrf_token(tmp_path: Path) -> None:
    """A browser's cookie says who it is; that the page itself asks is said by `_xsrf`, which no other page knows."""
    with jupyter(tmp_path) as (_, client):
        base = str(client.base_url).removesuffix("jupyter-mlops/")
        with httpx.Client(base_url=client.base_url, trust_env=False, timeout=60) as browser:
            assert browser.get("workspace").status_code == 403
            browser.get(f"{base}api/status", params={"token": "secret"})
            page = browser.get(f"{base}login", params={"token": "secret"}, follow_redirects=True)
            xsrf = browser.cookies.get("_xsrf", path="/user/ada/")
            assert xsrf, page.headers
            assert browser.get("workspace", headers={"X-XSRFToken": xsrf}).status_code == 200
            for path, actions in ROUTES.items():
                for method in actions.keys() - {"GET"}:
                    url = re.sub(r"\{\w+\}", "1", path).strip("/")
                    wrong = browser.request(method, url, json={}, headers={"X-XSRFToken": "wrong"})
                    assert (wrong.status_code, wrong.json()["type"]) == (403, "Unauthenticated"), (method, path)
                    assert "_xsrf" in wrong.json()["what"]
            made = browser.post("magic", json={"verb": "models"}, headers={"X-XSRFToken": xsrf})
            assert made.json()["magic"] == "%models"


def test_a_server_with_the_extension_off_has_none_of_it_and_all_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`jupyter server extension disable`: our routes are not there, and the rest of Jupyter goes on."""
    # In a virtual environment Jupyter would write into that, for everybody, and read it last.
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "etc"))
    configure(tmp_path)
    subprocess.run(
        [sys.executable, "-m", "jupyter", "server", "extension", "disable", "--user", "jupyter_mlops.serverextension"],
        check=True, capture_output=True,
    )  # fmt: skip
    assert list((tmp_path / "etc").rglob("jupyter_mlops.serverextension.json")), "nobody else's is off"
    with jupyter(tmp_path, "../api/status") as (_, client):
        assert client.get("workspace").status_code == 404
        assert client.get("../api/contents").status_code == 200
    assert "Traceback" not in (tmp_path / "jupyter.log").read_text()


def test_the_servers_start_is_not_slowed() -> None:
    """What the extension adds to a server that has loaded its own parts: modules of ours alone."""
    script = (
        "import jupyter_server.serverapp, jupyter_server.extension.application, sys, time\n"
        "before, began = set(sys.modules), time.process_time()\n"
        "import jupyter_mlops.serverextension as e; e._jupyter_server_extension_points()\n"
        "print(time.process_time() - began, *{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    seconds, *packages = subprocess.check_output([sys.executable, "-c", script], text=True).split()
    assert packages == ["jupyter_mlops"]
    assert float(seconds) < 0.1 * 3  # of a processor, and three times what is promised at rest


def test_the_servers_end_loses_no_operation(tmp_path: Path) -> None:
    with jupyter(tmp_path) as (process, client):
        (tmp_path / "root/score.py").write_text(
            "import time\n\ndef init():\n    time.sleep(2)\n\ndef run(data):\n    return data\n"
        )
        begun = client.post("/services", json={"name": "survivor", "entry_script": "score.py"})
        assert begun.status_code == 202, begun.text
        process.send_signal(signal.SIGKILL)
        process.wait()
    with Workspace() as workspace:
        Operation(workspace, begun.json()["operation"]["id"]).wait(timeout=60)
        service = Webservice(workspace, "survivor")
        assert service.state == "Healthy"
        service.delete()


def test_a_service_that_hangs_holds_nobody_up(tmp_path: Path) -> None:
    with jupyter(tmp_path) as (_, client):
        (tmp_path / "root/score.py").write_text("def init():\n    pass\n\ndef run(data):\n    return data\n")
        begun = client.post("/services", json={"name": "hanging", "entry_script": "score.py"})
        with Workspace() as workspace:
            Operation(workspace, begun.json()["operation"]["id"]).wait(timeout=60)
            service = Webservice(workspace, "hanging")
            front = front_of(service.scoring_uri or "")
            os.kill(front, signal.SIGSTOP)
            try:
                began = time.monotonic()
                (listed,) = client.get("/services").json()["items"]
                assert time.monotonic() - began < 4  # to ask it to the end takes five
                assert (listed["state"], listed["live"]) == (None, False)
            finally:
                os.kill(front, signal.SIGCONT)
            wait_until(lambda: client.get("/services").json()["items"][0]["state"] == "Healthy", 60)
            service.delete()


def front_of(uri: str) -> int:
    """The process that listens at an address."""
    import psutil

    port = httpx.URL(uri).port
    return next(
        process.pid
        for process in psutil.process_iter()
        if any(c.laddr.port == port and c.status == psutil.CONN_LISTEN for c in connections(process))
    )


def connections(process: Any) -> list[Any]:
    import psutil

    try:
        return list(process.net_connections("tcp"))
    except psutil.Error:
        return []
