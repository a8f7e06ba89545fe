"""Operations, as any surface follows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.errors import BusyError, NotFoundError, OperationError
from jupyter_mlops.sdk.inference import InferenceConfig
from jupyter_mlops.sdk.model import Model
from jupyter_mlops.sdk.operation import Operation
from jupyter_mlops.sdk.webservice import Webservice
from jupyter_mlops.sdk.workspace import Workspace

HANGS = """\
import time

def init():
    print("waiting for nothing", flush=True)
    time.sleep(600)

def run(data): ...
"""


def test_followed_to_its_end(ws: Workspace, model: Model) -> None:
    operation = Model.deploy(ws, "linear", [model]).operation
    assert operation is not None
    kinds = [event.kind for event in operation.follow()]
    assert {"stage", "log"} <= set(kinds)
    assert (operation.kind, operation.subject, operation.state) == ("deploy", "service/linear", "Succeeded")
    assert operation.error is None
    assert operation.result["revision"] == 1
    assert operation.log == [event.message for event in operation.events() if event.kind == "log"]
    assert Operation(ws, operation.id).serialize()["state"] == "Succeeded"
    assert [each.id for each in Operation.list(ws, state="Succeeded")] == [operation.id]
    assert repr(operation).startswith("Operation(id=")
    with pytest.raises(OperationError, match="over"):
        operation.cancel()
    with pytest.raises(NotFoundError):
        Operation(ws, "nothing")


def test_one_at_a_time_interrupted_and_cancelled(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    Path("score.py").write_text(HANGS)
    service = Model.deploy(ws, "hangs", [], InferenceConfig("score.py"))
    assert (service.state, service.scoring_uri) == ("Transitioning", None)
    with pytest.raises(BusyError):
        Model.deploy(ws, "hangs", [], InferenceConfig("score.py"))
    operation = service.operation
    assert operation is not None

    def interrupt(event: object) -> None:
        if getattr(event, "message", "") == "waiting for nothing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        operation.wait(on_event=interrupt)
    assert f"%operations --cancel {operation.id} stops it" in capsys.readouterr().out
    assert operation.state == "Running", "an interrupt detaches"
    with pytest.raises(TimeoutError):
        service.wait_for_deployment(timeout_sec=0.1)
    operation.cancel()
    with pytest.raises(OperationError, match="cancelled"):
        service.wait_for_deployment()
    assert operation.state == "Cancelled"
    assert Webservice(ws, "hangs").state == "Failed"
