"""Models over HTTP: found by pages, registered from files and URLs, labelled, deleted."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jupyter_mlops.records import ModelRecord
from jupyter_mlops.sdk.workspace import Workspace
from jupyter_mlops.version import __version__
from tests.serverextension.conftest import Server

Register = Callable[..., ModelRecord]


def ids(reply: object) -> list[str]:
    return [model["id"] for model in reply["items"]]  # type: ignore[index]


def test_large_registries_page(server: Server, register: Register) -> None:
    for _ in range(5):
        register("a")
    register("b")
    first = server.get("/models", limit=4)
    assert ids(first) == ["b:1", "a:5", "a:4", "a:3"]
    assert first["next_offset"] == 4
    last = server.get("/models", limit=4, offset=4)
    assert (ids(last), last["next_offset"]) == (["a:2", "a:1"], None)
    assert ids(server.get("/models", latest="true")) == ["b:1", "a:5"]
    assert ids(server.get("/models", name="a", limit=1)) == ["a:5"]


def test_search_by_name_tag_and_framework(server: Server, register: Register) -> None:
    register("Diabetes", tags={"stage": "test", "team": "blue"})
    register("diamonds", tags={"stage": "live"}, properties={"rows": "442"})
    register("iris", framework="Onnx")
    assert ids(server.get("/models", q="DIA")) == ["diamonds:1", "Diabetes:1"]
    assert ids(server.get("/models", q="dia", limit=1)) == ["diamonds:1"]
    assert ids(server.get("/models", tag="stage")) == ["diamonds:1", "Diabetes:1"]
    assert ids(server.get("/models", tag=["stage=test", "team"])) == ["Diabetes:1"]
    assert ids(server.get("/models", property="rows=442")) == ["diamonds:1"]
    assert ids(server.get("/models", framework="Onnx")) == ["iris:1"]
    assert ids(server.get("/models", q="none")) == []


def test_one_model_its_files_and_its_labels(server: Server, register: Register) -> None:
    register("a", tags={"old": "1", "stays": "2"})
    shown = server.get("/models/a/latest")
    assert (shown["id"], shown["used_by"], shown["provenance"]["notebook"]) == ("a:1", [], "work/diabetes.ipynb")
    files = server.get("/models/a/1/files")
    assert [(file["path"], file["size"]) for file in files["items"]] == [("model.pkl", 7)]
    changed = server.patch(
        "/models/a/1", description="the first", add_tags={"new": "3"}, remove_tags=["old"], add_properties={"p": "1"}
    )
    assert (changed["description"], changed["tags"]) == ("the first", {"stays": "2", "new": "3"})
    assert server.patch("/models/a/1", add_properties={"p": "2"}).status == 409
    assert server.get("/models/a/1/used-by")["items"] == []


def test_what_is_not_there(server: Server, register: Register) -> None:
    register("diabetes")
    missing = server.get("/models/diabetis/1")
    assert (missing.status, missing["type"]) == (404, "NotFoundError")
    assert "diabetes" in str(missing.body)
    assert server.get("/models/diabetes/7").status == 404
    assert server.delete("/models/diabetes/7").status == 404


def test_deleted_is_gone(server: Server, register: Register) -> None:
    register("a")
    assert server.delete("/models/a/1")["deleted"] == "a:1"
    assert ids(server.get("/models")) == []


# ── registering ──


def test_a_file_of_the_file_browser(server: Server, workspace: Workspace) -> None:
    (server.root / "work/models").mkdir(parents=True)
    (server.root / "work/models/ridge.joblib").write_bytes(b"weights")
    reply = server.post(
        "/models", name="ridge", path="work/models/ridge.joblib", tags={"k": "v"}, sample=[[1.0, 2.0]],
        description="ours", notebook="work/a.ipynb",
    )  # fmt: skip
    assert reply.status == 201, reply
    model = reply["model"]
    assert (model["id"], model["framework"], model["tags"]) == ("ridge:1", "ScikitLearn", {"k": "v"})
    assert model["provenance"]["notebook"] == str(server.root / "work/a.ipynb")
    assert model["signature"]["example"] == [[1.0, 2.0]]


def test_a_folder(server: Server, workspace: Workspace) -> None:
    (server.root / "net/weights").mkdir(parents=True)
    (server.root / "net/config.json").write_text("{}")
    (server.root / "net/weights/a.bin").write_bytes(b"1")
    assert server.post("/models", name="net", path="net")["model"]["size"] == 3
    assert len(server.get("/models/net/1/files")["items"]) == 2


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web server with one file, `model.onnx`."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web/model.onnx").write_bytes(b"graph")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "web"))) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_url_with_its_checksum(server: Server, workspace: Workspace, web: str) -> None:
    right, wrong = hashlib.sha256(b"graph").hexdigest(), hashlib.sha256(b"other").hexdigest()
    assert server.post("/models", name="net", url=f"{web}/model.onnx", sha256=right)["model"]["framework"] == "Onnx"
    refused = server.post("/models", name="net", url=f"{web}/model.onnx", sha256=wrong)
    assert refused.status in (400, 422, 507)
    assert ids(server.get("/models")) == ["net:1"], "nothing half-made"
    unchecked = server.post("/models", name="net", url=f"{web}/model.onnx")
    assert (unchecked.status, unchecked["where"]) == (400, "body.sha256")


@pytest.mark.parametrize("path", ["../secret", "/../../etc/passwd", "a/../../b"])
def test_nothing_outside_of_the_root(path: str, server: Server, workspace: Workspace) -> None:
    reply = server.post("/models", name="secret", path=path)
    assert (reply.status, reply["type"]) == (400, "UsageError")


@pytest.mark.parametrize("body", [{}, {"path": "a", "url": "http://x/"}, {"url": "file:///etc/passwd", "sha256": "0"}])
def test_one_source(body: dict[str, str], server: Server, workspace: Workspace) -> None:
    assert server.post("/models", name="a", **body).status == 400


def test_what_the_kernels_python_says(server: Server, workspace: Workspace, tmp_path: Path) -> None:
    (server.root / "a.onnx").write_bytes(b"graph")
    same = server.post("/models", name="a", path="a.onnx", interpreter=sys.executable)
    assert (same.status, same["notices"]) == (201, [])
    nowhere = server.post("/models", name="a", path="a.onnx", interpreter=str(tmp_path / "python"))
    assert (nowhere.status, nowhere["type"]) == (400, "UsageError")
    assert server.post("/models", name="a", path="a.onnx", interpreter="python3").status == 400


def test_a_kernel_without_the_package_says_what_to_install(
    server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    (server.root / "a.onnx").write_bytes(b"graph")
    python = str(tmp_path / "bare/bin/python")
    reply = server.post("/models", name="a", path="a.onnx", interpreter=python)
    assert (reply.status, reply["type"]) == (422, "RequirementError")
    assert reply["hint"] == f"{python} -m pip install jupyter-mlops=={__version__}"


def test_another_version_in_the_kernel_is_named(server: Server, workspace: Workspace, tmp_path: Path) -> None:
    """A kernel's environment with the same package under another version."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "old")], check=True)
    site = next((tmp_path / "old/lib").glob("python3*/site-packages"))
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "all.pth").write_text(f"{here}\n{Path(__file__).parents[2]}\n")
    (site / "sitecustomize.py").write_text("import jupyter_mlops.version as v; v.__version__ = '0.0.9'\n")
    (server.root / "a.onnx").write_bytes(b"graph")
    python = str(tmp_path / "old/bin/python")
    reply = server.post("/models", name="a", path="a.onnx", interpreter=python)
    assert reply.status == 201, reply
    (notice,) = reply["notices"]
    assert notice == f"jupyter_mlops is 0.0.9 in the kernel's Python ({python}) and {__version__} in the Jupyter server"
