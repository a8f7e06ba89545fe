"""Services, deployed for real: asked, looked at, changed, refused."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from socket import gethostname

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.errors import (
    InUseError,
    MlopsError,
    NameTakenError,
    NotFoundError,
    ServiceError,
    UnsupportedError,
    UsageError,
)
from jupyter_mlops.records import ServiceOptions, ServiceRecord
from jupyter_mlops.registry import services
from jupyter_mlops.sdk.environment import Environment
from jupyter_mlops.sdk.image import Image
from jupyter_mlops.sdk.inference import InferenceConfig
from jupyter_mlops.sdk.model import Model
from jupyter_mlops.sdk.operation import Operation
from jupyter_mlops.sdk.webservice import LocalWebservice, ProcessWebservice, Webservice
from jupyter_mlops.sdk.workspace import Workspace
from jupyter_mlops.services.client import score
from tests.fixtures.stores import PROVENANCE
from tests.sdk.conftest import ROWS, fitted

ECHO = """\
import os


def init():
    print("ready to echo")


def run(data):
    return {"got": data, "mode": os.environ.get("MODE")}
"""


def script(text: str, name: str = "score.py") -> InferenceConfig:
    Path(name).write_text(text)
    return InferenceConfig(entry_script=name)


def test_a_model_of_a_known_framework_needs_no_script(ws: Workspace, model: Model) -> None:
    service = Model.deploy(ws, "linear", [model])
    assert isinstance(service, LocalWebservice)
    service.wait_for_deployment()
    assert service.state == "Healthy"
    assert service.run(ROWS) == pytest.approx([3, 7, 12]), "an array"
    assert service.run({"data": ROWS.tolist()}) == pytest.approx([3, 7, 12]), "a body as a dictionary"
    assert service.run(json.dumps({"data": [[1, 1]]})) == pytest.approx([2]), "a body as text"
    result = service.test(body=b'{"data": "young"}')
    assert result.status == 400
    assert not result.ok
    assert result.wanted is not None
    assert "data" in result.wanted["properties"]
    assert repr(result).startswith("TestResult(service='linear', status=400, milliseconds=")
    with pytest.raises(ServiceError, match="answered 400"):
        service.run({"data": "young"})

    assert repr(service).startswith("ProcessWebservice(name='linear', state='Healthy', target='process', revision=1, ")
    assert service.get_keys()[0] not in repr(service) + json.dumps(service.serialize()) + repr(vars(service))
    assert service.port is not None
    assert "# TYPE" in service.metrics()
    assert [each.id for each in service.models] == ["linear:1"]
    assert (service.compute_type, service.target, service.error) == ("Local", "process", None)
    assert Webservice.list(ws, compute_type="Local") == Webservice.list(ws, model_id="linear:1") == [service]
    assert Webservice.list(ws, model_id="linear:2") == LocalWebservice.list(ws, compute_type="AKS") == []
    with pytest.raises(InUseError, match="linear"):
        model.delete()
    with pytest.raises(NameTakenError):
        Model.deploy(ws, "linear", [model])

    old = service.get_keys()
    service.regen_key("Secondary", set_key="a-key-of-ones-own-0123456789abcdef")
    assert service.get_keys() == (old[0], "a-key-of-ones-own-0123456789abcdef")
    with pytest.raises(ServiceError, match="refuses this key"):
        score(str(service.scoring_uri), old[1], b"{}")
    assert service.test(body=b"{}").status == 400
    with pytest.raises(UsageError, match="Tertiary"):
        service.regen_key("Tertiary")

    better = Model.register(ws, model=fitted(10), model_name="linear", sample=ROWS)
    service.update(models=[better], wait=True)
    assert service.run(ROWS)[0] == pytest.approx(12)
    assert [each.number for each in service.revisions] == [1, 2]
    assert repr(service.revisions[0]).startswith("Revision(number=1, image='linear:1', created='")
    service.roll_back(wait=True)
    assert (service.revision, service.run(ROWS)[0]) == (1, pytest.approx(3))
    with pytest.raises(UsageError, match="no revision before"):
        service.roll_back()
    with pytest.raises(UsageError, match="revisions: 1, 2"):
        service.roll_back(7)

    stranger = Model.register(ws, model=fitted(), model_name="stranger")
    for wrong, told in (
        ({"models": [stranger]}, "loads linear, not 'stranger'"),
        ({}, "nothing to update"),
        ({"nonsense": 1}, "no option is called 'nonsense'"),
        ({"image": "linear:1", "models": [better]}, "image alone"),
    ):
        with pytest.raises(UsageError, match=told):
            service.update(**wrong)
    with pytest.raises(UnsupportedError, match="cpu_cores"):
        service.update(cpu_cores=2)

    service.delete(delete_image=True)
    assert Image.list(ws) == []
    assert repr(service) == "ProcessWebservice(name='linear', state='deleted')"
    with pytest.raises(NotFoundError):
        Webservice(ws, "linear")
    model.delete()


def test_options_labels_and_the_environments_variables(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    env = Environment("echo")
    env.environment_variables["MODE"] = "from-the-environment"
    config = script(ECHO)
    config.environment = env
    options = ProcessWebservice.deploy_configuration(
        auth_enabled=False, tags={"k": "v"}, properties={"p": 1}, description="echoes"
    )
    service = Model.deploy(ws, "echo", [], config, options, show_output=True)
    out = capsys.readouterr().out
    assert "ready to echo" in out, "the script's own log is shown as it happens"
    assert service.run("anything") == {"got": "anything", "mode": "from-the-environment"}
    assert (service.auth_enabled, service.tags, service.properties, service.description) == (
        False,
        {"k": "v"},
        {"p": "1"},
        "echoes",
    )
    with pytest.raises(ServiceError, match="auth_enabled=False"):
        service.get_keys()
    service.add_tags({"k2": "v2"})
    service.remove_tags("k")
    service.add_properties({"q": "2"})
    assert Webservice.list(ws, tags=["k2"], properties=[["p", "1"], "q"]) == [service]
    assert Webservice.list(ws, tags=["k"]) == []
    assert "ready to echo" in service.get_logs()

    service.update(inference_config=script(ECHO.replace('"got"', '"heard"')), wait=True)
    assert "heard" in service.run("x")
    service.update(inference_config=script("def init(): 1 / 0\ndef run(data): return 1\n"))
    with pytest.raises(ServiceError, match="ZeroDivisionError"):
        service.wait_for_deployment()
    assert service.state == "Healthy", "the old revision keeps serving"
    assert "heard" in service.run("x")
    assert service.error is not None, "and the service says what became of the update"


def test_a_script_that_fails_is_told_with_its_own_traceback(ws: Workspace) -> None:
    service = Model.deploy(
        ws, "broken", [], script("def init():\n    raise RuntimeError('no licence')\ndef run(x): ...\n")
    )
    with pytest.raises(ServiceError) as error:
        service.wait_for_deployment(show_output=True)
    assert "no licence" in error.value.message
    assert 'raise RuntimeError("no licence")' in str(error.value).replace("'", '"')
    again = Webservice(ws, "broken")
    assert again.state == "Failed"
    assert "no licence" in str(again.error)
    assert again.scoring_uri is None
    with pytest.raises(ServiceError, match="broken"):
        again.run("x")
    assert Operation.list(ws, state="Failed")[0].subject == "service/broken"
    Model.deploy(ws, "broken", [], script(ECHO)).wait_for_deployment()
    assert again.state == "Healthy", "the name is free to try again"


def test_frames_go_under_the_parameters_name(ws: Workspace) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    regressor = fitted().fit(frame, frame["a"] + frame["b"])
    model = Model.register(ws, model=regressor, model_name="frames", sample=frame)
    service = Model.deploy(ws, "frames", [model])
    service.wait_for_deployment()
    assert service.run(frame) == pytest.approx([4, 6])
    assert service.run([{"a": np.float64(1), "b": 1}]) == pytest.approx([2])


@pytest.mark.parametrize(
    ("name", "arguments", "error", "told"),
    [
        ("Bad_Name", {}, MlopsError, "Bad_Name"),
        ("good", {"models": []}, UsageError, "no model and no entry script"),
        ("good", {"models": ["nothing"]}, NotFoundError, "nothing"),
        ("good", {"models": "linear"}, UsageError, "models is a list"),
        ("good", {"inference_config": InferenceConfig("gone.py")}, UsageError, "gone.py"),
        ("good", {"deployment_target": "moon"}, NotFoundError, "moon"),
        (
            "good",
            {"deployment_config": ProcessWebservice.deploy_configuration(memory_gb=1)},
            UnsupportedError,
            "memory_gb",
        ),
    ],
)
def test_what_is_wrong_is_said_before_anything_starts(
    ws: Workspace, model: Model, name: str, arguments: dict[str, object], error: type[MlopsError], told: str
) -> None:
    with pytest.raises(error, match=told):
        Model.deploy(ws, name, **{"models": [model], **arguments})
    assert Webservice.list(ws) == []
    assert Operation.list(ws) == []


def test_a_plan_makes_nothing(ws: Workspace, model: Model) -> None:
    plan = Webservice.plan(ws, "linear", [model])
    assert "linear:1" in str(plan)
    assert Webservice.list(ws) == []


def test_what_is_not_served_says_so(ws: Workspace, model: Model) -> None:
    service = Model.deploy(ws, "linear", [model])
    service.wait_for_deployment()
    assert isinstance(service, LocalWebservice)
    with pytest.raises(UsageError, match="without hot_reload"):
        service.reload()
    for refused in (service.get_token, lambda: service.get_logs(init=True)):
        with pytest.raises(UnsupportedError):
            refused()


def test_a_service_of_another_machine_says_where_it_runs(ws: Workspace, model: Model) -> None:
    from jupyter_mlops.registry import services

    service = Model.deploy(ws, "linear", [model])
    service.wait_for_deployment()
    here = service.record.host
    services.update(ws.store, "linear", host="elsewhere")
    with pytest.raises(ServiceError, match="runs on elsewhere"):
        _ = service.state
    assert "runs on elsewhere" in repr(service)
    document = service.serialize()
    assert document["state"] is None
    assert "elsewhere" in document["error"]
    services.update(ws.store, "linear", host=here)


def recorded(ws: Workspace) -> Webservice:
    """A service that was never up."""
    now = datetime.now(UTC)
    services.create(ws.store, ServiceRecord(
        name="web", target="process", target_name=None, host=gethostname(), interpreter="p", revision=None,
        description=None, tags={}, properties={}, provenance=PROVENANCE, created=now, updated=now,
    ))  # fmt: skip
    return Webservice(ws, "web")


def test_tags_that_several_add_at_once_are_all_there(ws: Workspace) -> None:
    recorded(ws)
    ready = threading.Barrier(8)

    def add(number: int) -> None:
        service = Webservice(ws, "web")
        ready.wait(30)
        service.add_tags({f"k{number}": number})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(8)))
    assert Webservice(ws, "web").tags == {f"k{number}": str(number) for number in range(8)}


def test_a_deletion_tells_which_image_it_leaves_and_why(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "score.py").write_text(ECHO)
    image = Image.create(ws, "echo", [], InferenceConfig(str(tmp_path / "score.py")))
    image.wait_for_creation()
    service = recorded(ws)
    services.add_revision(ws.store, "web", image.id, ServiceOptions(), PROVENANCE)
    with ws.store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE images SET manifest = '{}'")
    service.delete(delete_image=True)
    assert Webservice.list(ws) == []
    (told,) = capsys.readouterr().out.splitlines()
    assert told.startswith("image echo:1 stays: this jupyter_mlops (")
    assert told.endswith("another version wrote it: pip install -U jupyter-mlops")
