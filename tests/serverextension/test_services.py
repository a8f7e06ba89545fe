"""The whole round over HTTP, against real services: deploy, watch, ask, update, roll back, delete."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psutil
import pytest
from sklearn.linear_model import LinearRegression

from jupyter_mlops.sdk.model import Model
from jupyter_mlops.sdk.webservice import Webservice
from jupyter_mlops.sdk.workspace import Workspace
from jupyter_mlops.serverextension import asking
from tests.serverextension.conftest import Reply, Server

ROWS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]])

pytestmark = pytest.mark.slow


def make_model(workspace: Workspace, slope: float, name: str = "linear") -> Model:
    model = LinearRegression().fit(ROWS, ROWS @ np.array([slope, 1.0]))
    return Model.register(workspace, model=model, model_name=name, sample=ROWS)


def followed(server: Server, begun: Reply) -> dict[str, Any]:
    """The operation when it is over, followed as the sidebar does."""
    assert begun.status == 202, begun
    path, cursor, seen = f"/operations/{begun['operation']['id']}", 0, []
    while True:
        shown = server.get(path, since=cursor)
        cursor, seen = shown["cursor"], [*seen, *shown["events"]]
        if shown["state"] not in ("Queued", "Running"):
            return {**shown.body, "events": seen}
        server.get("/events", since=cursor, wait=5, subject=f"operation/{begun['operation']['id']}")


def score(server: Server, rows: list[list[float]]) -> Reply:
    return server.post("/services/round/test", data=rows)


def test_the_whole_round(server: Server, workspace: Workspace) -> None:
    make_model(workspace, 1.0)

    # plan, with nothing made
    plan = server.post("/plan", name="round", models=["linear"], options={"workers": 1})
    assert plan.status == 200, plan
    assert {item["name"] for item in plan["items"]} >= {"image", "service"}
    assert plan["magic"] == "%deploy round --model linear --workers 1"
    assert server.get("/services")["items"] == []

    # deploy, and watch
    begun = server.post("/services", name="round", models=["linear"], description="a round", tags={"stage": "test"})
    assert begun["operation"]["kind"] == "deploy"
    done = followed(server, begun)
    assert done["state"] == "Succeeded", done["error"]
    assert [event["message"] for event in done["events"] if event["kind"] == "stage"] == ["freeze", "prepare", "start"]
    (listed,) = server.get("/services")["items"]
    assert (listed["state"], listed["live"], listed["models"], listed["behind"]) == ("Healthy", True, ["linear:1"], [])

    # ask
    answer = score(server, [[1.0, 2.0]])
    assert (answer["ok"], answer["status"]) == (True, 200)
    assert np.allclose(np.ravel(answer["answer"]), [3.0])
    shown = server.get("/services/round")
    assert shown["description"] == "a round"
    assert server.post("/services/round/test", body=shown["example"])["ok"], "the recorded example"
    refused = server.post("/services/round/test", body="{")
    assert (refused.status, refused["status"], refused["ok"]) == (200, 400, False)
    assert server.post("/services/round/test", data=1, body="{}").status == 400
    swagger = server.get("/services/round/swagger", version="3")
    assert "/score" in "".join(swagger["paths"])

    # keys, on an explicit POST
    keys = server.post("/services/round/keys")
    assert len({keys["primary"], keys["secondary"]}) == 2
    assert keys.headers["Cache-Control"] == "no-store"
    new = server.post("/services/round/keys/regenerate", key="primary")
    assert new["primary"] not in (keys["primary"], keys["secondary"])
    assert new["secondary"] == keys["secondary"]
    assert score(server, [[1.0, 2.0]])["ok"]
    assert keys["primary"] not in str(server.get("/services/round").body)

    # metrics and logs
    metrics = server.get("/services/round/metrics", window=60)
    assert metrics["whole"]["requests"] >= 3
    assert metrics["whole"]["statuses"]["200"] >= 2
    assert metrics["whole"]["latency"]["p95"] > 0
    logs = server.get("/services/round/logs", lines=5)
    assert 0 < len(logs["lines"]) <= 5
    score(server, [[1.0, 2.0]])
    more = wait_for_lines(server, logs["cursor"])
    assert not more["reset"]
    assert more["lines"]

    # a newer model: behind, update, roll back
    make_model(workspace, 5.0)
    make_model(workspace, 7.0)
    (behind,) = server.get("/services")["items"]
    assert behind["behind"] == [{"model": "linear:1", "newest": "linear:3", "versions": 2}]
    assert followed(server, server.post("/services/round/update", models=["linear:3"]))["state"] == "Succeeded"
    assert np.allclose(np.ravel(score(server, [[1.0, 2.0]])["answer"]), [9.0])
    assert [r["number"] for r in server.get("/services/round")["revisions"] if r["current"]] == [2]
    assert followed(server, server.post("/services/round/roll-back"))["state"] == "Succeeded"
    assert np.allclose(np.ravel(score(server, [[1.0, 2.0]])["answer"]), [3.0])

    # lineage, images, uses
    graph = server.get("/lineage")
    assert {"from": "image/round:1", "to": "service/round"} in graph["edges"]
    assert {"from": "model/linear:1", "to": "image/round:1"} in graph["edges"]
    assert {node["id"] for node in graph["nodes"]} >= {"model/linear:1", "model/linear:3", "image/round:2"}
    found = [server.get("/services", **query)["items"] for query in ({"model": "linear"}, {"model": "linear:1"},
             {"image": "round:1"}, {"q": "ROU"}, {"tag": "stage=test"}, {"target": "process"})]  # fmt: skip
    assert [[service["name"] for service in items] for items in found] == [["round"]] * 6
    assert server.get("/services", model="linear:2")["items"] == []
    assert [image["id"] for image in server.get("/images", model="linear:3")["items"]] == ["round:2"]
    assert [image["id"] for image in server.get("/images", model="linear", limit=1)["items"]] == ["round:2"]
    everything = {node["id"] for node in server.get("/lineage", all="true")["nodes"]}
    assert everything - {node["id"] for node in graph["nodes"]} == {"model/linear:2"}
    assert server.get("/models/linear/1/used-by")["items"][0] == {"kind": "image", "id": "round:1"}
    assert any("linear" in line for line in server.get("/images/round/2/diff", other="round:1")["lines"])
    in_use = server.delete("/models/linear/1")
    assert (in_use.status, in_use["type"]) == (409, "InUseError")
    assert server.delete("/images/round/1").status == 409

    # labels, a name that is taken, a wrong option
    assert server.patch("/services/round", add_tags={"new": "1"}, remove_tags=["stage"])["tags"] == {"new": "1"}
    taken = server.post("/services", name="round", models=["linear"])
    assert (taken.status, taken["type"], taken["where"]) == (409, "NameTakenError", "body.name")
    unknown = server.post("/services", name="other", models=["linear"], options={"colour": "red"})
    assert (unknown.status, unknown["type"]) == (400, "UsageError")

    # delete, with its images
    gone = followed(server, server.delete("/services/round", delete_image="true"))
    assert gone["state"] == "Succeeded"
    assert server.get("/services/round").status == 404
    wait_until(lambda: server.get("/images")["items"] == [])


def wait_for_lines(server: Server, cursor: str) -> Reply:
    found = server.get("/services/round/logs", cursor=cursor)
    wait_until(lambda: bool(server.get("/services/round/logs", cursor=cursor)["lines"]))
    return server.get("/services/round/logs", cursor=cursor) if not found["lines"] else found


def wait_until(true: Any, seconds: float = 60) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.05)


SCRIPT = """\
import json

def init():
    pass

def run(data):
    {body}
"""


def test_an_entry_script_of_the_file_browser_and_a_build(server: Server, workspace: Workspace) -> None:
    folder = server.root / "work/src"
    folder.mkdir(parents=True)
    (folder / "score.py").write_text(SCRIPT.format(body="return json.loads(data)"))
    built = followed(
        server, server.post("/images", name="echo", entry_script="work/src/score.py", source_directory="work/src")
    )
    assert built["state"] == "Succeeded", built["error"]
    image = server.get("/images/echo/latest")
    assert (image["id"], image["operation"]) == ("echo:1", built["id"])
    assert server.get("/images/echo/1/log")["lines"]
    assert server.get("/images/echo/1/used-by")["items"] == []
    labelled = server.patch("/images/echo/1", add_tags={"k": "v"}, description="an echo")
    assert (labelled["tags"], labelled["description"]) == ({"k": "v"}, "an echo")
    script = server.get(f"/scripts/{image['script_digest']}")
    assert "return json.loads(data)" in script["source"]
    assert [found["digest"] for found in server.get("/scripts")["items"]] == [image["script_digest"]]
    both = server.post("/plan", name="echo", image="echo:1", models=["x"])
    assert both.status == 400
    plan = server.post("/plan", name="echo", image="echo:1")
    assert plan["magic"] == "%deploy echo --image echo:1"
    assert server.delete("/images/echo/1")["deleted"] == "echo:1"


def test_a_service_of_a_kernel_in_another_environment(server: Server, workspace: Workspace, tmp_path: Path) -> None:
    """Packages are locked from the kernel's environment: one that the server does not have is found there."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "kernel")], check=True)
    site = next((tmp_path / "kernel/lib").glob("python3*/site-packages"))
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "server.pth").write_text(f"{here}\n{Path(__file__).parents[2]}\n")
    (site / "moonbeam-1.2.3.dist-info").mkdir()
    (site / "moonbeam-1.2.3.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: moonbeam\nVersion: 1.2.3\n")
    (site / "moonbeam-1.2.3.dist-info/RECORD").write_text("moonbeam.py,,\nmoonbeam-1.2.3.dist-info/METADATA,,\n")
    (site / "moonbeam-1.2.3.dist-info/INSTALLER").write_text("pip\n")
    (site / "moonbeam.py").write_text("COLOUR = 'silver'\n")
    (server.root / "score.py").write_text(
        "import moonbeam\n\ndef init():\n    pass\n\ndef run(data):\n    return moonbeam.COLOUR\n"
    )
    refused = server.post("/services", name="lunar", entry_script="score.py")
    assert (refused.status, refused["type"]) == (422, "RequirementError")
    python = str(tmp_path / "kernel/bin/python")
    done = followed(server, server.post("/services", name="lunar", entry_script="score.py", interpreter=python))
    assert done["state"] == "Succeeded", done["error"]
    assert server.post("/services/lunar/test", body="{}")["answer"] == "silver"
    shown = server.get("/services/lunar")
    assert shown["interpreter"] == python
    assert "moonbeam==1.2.3" in server.get("/images/lunar/1")["packages"]


PIXEL = """\
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

@rawhttp
def run(request):
    kind = request.headers["Content-Type"]
    if kind == "text/plain":
        return AMLResponse("long " * 500_000, 200)
    headers = {"Content-Type": "image/png", "X-Sent": f"{kind} {len(request.get_data())}"}
    return AMLResponse(b"\\x89PNG\\xff", 200, response_headers=headers)
"""


def test_an_answer_that_is_an_image_and_a_file_that_is_sent(
    server: Server, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (server.root / "score.py").write_text(PIXEL)
    done = followed(server, server.post("/services", name="pixel", entry_script="score.py"))
    assert done["state"] == "Succeeded", done["error"]
    answer = server.post("/services/pixel/test", body_base64=base64.b64encode(b"\x00\xff").decode())
    assert base64.b64decode(answer["answer_base64"]) == b"\x89PNG\xff"
    assert (answer["answer"], answer["text"], answer["content_type"], answer["size"]) == (None, False, "image/png", 5)
    assert server.post("/services/pixel/test", body_base64="?").status == 400

    large = base64.b64encode(bytes(13_000_000)).decode()
    sent = server.post("/services/pixel/test", body_base64=large, content_type="image/tiff")
    headers = {name.lower(): value for name, value in sent["headers"].items()}
    assert headers["x-sent"] == "image/tiff 13000000"
    elsewhere = server.post("/magic", verb="deploy", arguments=[large])
    assert (elsewhere.status, elsewhere["type"]) == (413, "TooLarge")

    monkeypatch.setattr(asking, "_LONGEST_ANSWER", 1 << 20)
    long = server.post("/services/pixel/test", body="", content_type="text/plain")
    assert (long.status, long["type"]) == (502, "ServiceError")
    assert "more than the 1 MiB" in long["what"]

    # a service that is down says so in one line, wherever it is asked
    kill_front_of(workspace, "pixel")
    for reply in (
        server.post("/services/pixel/test", body="{}"),
        server.get("/services/pixel/metrics"),
        server.get("/services/pixel/swagger"),
    ):
        assert reply.status == 502
        assert "\n" not in reply["what"]
        assert "pixel" in reply["what"]
    assert server.get("/services/pixel/logs").status == 200, "what it said is still there"
    assert server.post("/services/pixel/keys").status == 200
    (listed,) = server.get("/services")["items"]
    assert listed["state"] != "Healthy"
    assert listed["error"]
    assert server.post("/services/pixel/start")["state"] == "Healthy"


def kill_front_of(workspace: Workspace, name: str) -> None:
    port = urlsplit(Webservice(workspace, name).scoring_uri or "").port
    (front,) = {
        process
        for process in psutil.process_iter()
        for connection in listening(process)
        if connection.laddr.port == port
    }
    front.kill()
    front.wait(20)


def listening(process: psutil.Process) -> list[Any]:
    try:
        return [found for found in process.net_connections("tcp") if found.status == psutil.CONN_LISTEN]
    except psutil.Error:
        return []


def test_a_script_that_fails_says_why(server: Server, workspace: Workspace) -> None:
    (server.root / "score.py").write_text(
        "def init():\n    raise RuntimeError('no weights')\n\ndef run(data):\n    return data\n"
    )
    done = followed(server, server.post("/services", name="broken", entry_script="score.py"))
    assert done["state"] == "Failed"
    assert "no weights" in str(done["error"])
    (listed,) = server.get("/services")["items"]
    assert listed["state"] == "Failed"
    assert "no weights" in f"{listed['error']} {listed['details']}"
    assert server.post("/services/broken/start").status == 502
    assert followed(server, server.delete("/services/broken"))["state"] == "Succeeded"


def test_an_operation_can_be_cancelled(server: Server, workspace: Workspace) -> None:
    (server.root / "score.py").write_text(
        "import time\n\ndef init():\n    time.sleep(60)\n\ndef run(data):\n    return data\n"
    )
    begun = server.post("/services", name="slow", entry_script="score.py")
    busy = server.post("/services", name="slow", entry_script="score.py")
    assert (busy.status, busy["type"]) == (409, "BusyError")
    (listed,) = server.get("/services")["items"]
    assert (listed["state"], listed["operation"]) == ("Transitioning", begun["operation"]["id"])
    assert server.get("/workspace")["counts"]["operations"] == 1
    cancel = f"/operations/{begun['operation']['id']}/cancel"
    assert server.post(cancel).status == 202
    assert followed(server, begun)["state"] == "Cancelled"
    assert server.post(cancel).status == 409
    assert [o["state"] for o in server.get("/operations", subject="service/slow")["items"]] == ["Cancelled"]


def test_a_missing_file_is_named(server: Server, workspace: Workspace) -> None:
    reply = server.post("/services", name="none", entry_script="gone.py")
    assert (reply.status, reply["where"]) == (404, "gone.py")
    (server.root / "src").mkdir()
    (server.root / "score.py").write_text("")
    outside = server.post("/services", name="none", entry_script="score.py", source_directory="src")
    assert outside.status == 400
    assert Path(server.root / "src").is_dir()
