"""Registering as an operation: in the background, with progress, cancelled, killed; samples as notebooks have them."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import psutil
import pytest
from sklearn.linear_model import LinearRegression

from jupyter_mlops.sdk.model import Model
from jupyter_mlops.sdk.operation import Operation
from jupyter_mlops.sdk.registration import set_aside
from jupyter_mlops.sdk.workspace import Workspace
from tests.serverextension.conftest import Reply, Server

CONTENT = b"weights " * (1 << 19)


@dataclass
class Slow:
    """A web server that sends half of a file, and the rest when `release` is set."""

    url: str = ""
    release: threading.Event = field(default_factory=threading.Event)


@contextmanager
def slow_web() -> Iterator[Slow]:
    slow = Slow()

    class Half(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[: len(CONTENT) // 2])
            self.wfile.flush()
            slow.release.wait(60)
            try:
                self.wfile.write(CONTENT[len(CONTENT) // 2 :])
            except OSError:
                self.close_connection = True  # who fetched is gone

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Half) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        slow.url = f"http://127.0.0.1:{running.server_port}/model.onnx?signature=hidden"
        try:
            yield slow
        finally:
            slow.release.set()
            running.shutdown()
            thread.join()


def register_slowly(server: Server, slow: Slow, **more: Any) -> Reply:
    checksum = hashlib.sha256(CONTENT).hexdigest()
    return server.post("/models", name="net", url=slow.url, sha256=checksum, background=True, **more)


def wait_for(operation: Operation, kind: str) -> None:
    """Until it has told an event of the kind."""
    for event in operation.follow():
        if event.kind == kind:
            return
    raise AssertionError(f"{operation} told no {kind}")


def left_behind(state: Path) -> list[Path]:
    return [path for folder in state.glob("*/registrations") for path in folder.iterdir()]


def test_a_download_is_an_operation_with_stages_and_progress(
    server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    with slow_web() as slow:
        begun = register_slowly(server, slow, tags={"k": "v"})
        assert begun.status == 202
        operation = Operation(workspace, begun["operation"]["id"])
        assert (operation.kind, operation.subject, operation.stages) == (
            "register", "model/net", ("capture", "store"),
        )  # fmt: skip
        wait_for(operation, "progress")
        assert server.get("/models")["items"] == [], "the server answers meanwhile, and nothing is half-made"
        assert server.get("/workspace")["counts"]["operations"] == 1
        busy = register_slowly(server, slow)
        assert (busy.status, busy["type"]) == (409, "BusyError")
        slow.release.set()
        operation.wait(timeout=60)
    assert operation.result == {"model": "net:1"}
    assert server.get("/models/net/1")["tags"] == {"k": "v"}
    assert "hidden" not in str(operation.record), "a signed URL is a key"
    assert left_behind(tmp_path / "state") == []


def test_a_registration_that_is_cancelled_leaves_nothing(server: Server, workspace: Workspace, tmp_path: Path) -> None:
    with slow_web() as slow:
        begun = register_slowly(server, slow)
        operation = Operation(workspace, begun["operation"]["id"])
        wait_for(operation, "progress")
        assert server.post(f"/operations/{operation.id}/cancel").status == 202
        for _ in operation.follow():
            pass
    assert operation.state == "Cancelled"
    assert server.get("/models")["items"] == []
    assert left_behind(tmp_path / "state") == []


def test_a_registration_that_is_killed_leaves_nothing_and_is_done_again(
    server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    with slow_web() as slow:
        operation = Operation(workspace, register_slowly(server, slow)["operation"]["id"])
        wait_for(operation, "progress")
        runner_of(operation.id).kill()
        for _ in operation.follow():
            pass
        assert operation.state == "Interrupted"
        assert server.get("/models")["items"] == []
        assert left_behind(tmp_path / "state") == []
        slow.release.set()
        again = Operation(workspace, register_slowly(server, slow)["operation"]["id"]).wait(timeout=60)
    assert again.result == {"model": "net:1"}, "no number was used up"


def runner_of(operation_id: str) -> psutil.Process:
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if "jupyter_mlops.operations" in line and operation_id in line:
                return process
    raise AssertionError("no runner")


def test_what_a_kernel_captured_is_registered_without_the_kernel(
    server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"age": [50, 60], "bmi": [21.5, 30.0]})
    word = set_aside(workspace, LinearRegression().fit(frame, [1.0, 2.0]), "ridge", sample=frame)
    reply = server.post("/models", name="ridge", captured=word, description="of a variable")
    assert reply.status == 201, reply
    model = reply["model"]
    assert (model["flavor"], model["description"], model["signature"]["kind"]) == ("sklearn", "of a variable", "frame")
    assert reply["operation"]["result"] == {"model": "ridge:1"}
    assert left_behind(tmp_path / "state") == []
    gone = server.post("/models", name="ridge", captured=word)
    assert (gone.status, gone["type"]) == (404, "NotFoundError")
    assert server.post("/models", name="ridge", captured="../../etc").status == 404
    assert server.post("/models", name="ridge", captured=word, path="x").status == 400


# ── samples ──


def test_a_sample_is_recorded_as_the_notebook_would(server: Server, workspace: Workspace) -> None:
    (server.root / "m.joblib").write_bytes(b"weights")
    rows = [{"age": 50, "sex": "f"}, {"age": 60, "sex": "m"}]
    assert server.post("/models", name="rest", path="m.joblib", sample=rows).status == 201
    typed = Model.register(workspace, server.root / "m.joblib", "typed", sample=pd.DataFrame(rows))
    assert Model(workspace, "rest").signature == typed.signature
    as_they_are = server.post("/models", name="rest", path="m.joblib", sample=rows, sample_kind="value")
    assert (as_they_are["model"]["signature"]["kind"], as_they_are["model"]["version"]) == ("value", 2)


def test_a_sample_that_is_not_what_it_is_said_to_be(server: Server, workspace: Workspace) -> None:
    (server.root / "m.joblib").write_bytes(b"weights")
    reply = server.post("/models", name="rest", path="m.joblib", sample="text", sample_kind="frame")
    assert (reply.status, reply["type"]) == (400, "UsageError")
    assert server.get("/models")["items"] == []


def test_a_model_of_a_frame_is_registered_deployed_and_asked(server: Server, workspace: Workspace) -> None:
    frame = pd.DataFrame({"age": [50.0, 60.0, 65.0], "bmi": [20.0, 30.0, 28.0]})
    joblib.dump(LinearRegression().fit(frame, frame["age"] + frame["bmi"]), server.root / "sum.joblib")
    rows = frame.head(2).to_dict(orient="records")
    model = server.post("/models", name="sum", path="sum.joblib", sample=rows)["model"]
    assert [column["name"] for column in model["signature"]["columns"]] == ["age", "bmi"]
    begun = server.post("/services", name="sum", models=["sum:1"])
    Operation(workspace, begun["operation"]["id"]).wait(timeout=120)
    assert server.post("/services/sum/test", data=rows)["answer"] == pytest.approx([70.0, 90.0])
    assert server.get("/services/sum")["signature"]["kind"] == "frame", "what the first worker was asked for its proof"
