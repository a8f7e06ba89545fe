"""Records as they come out of a small project, for the tests of views and for the gallery."""

from datetime import UTC, datetime, timedelta

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.records import (
    ColumnSpec,
    EnvironmentLock,
    EventRecord,
    ImageManifest,
    ImageRecord,
    LockedPackage,
    ManifestModel,
    ManifestScript,
    ModelRecord,
    OperationRecord,
    ProofResult,
    Provenance,
    RevisionRecord,
    ScriptRecord,
    ServiceOptions,
    ServiceRecord,
    ServiceStatus,
    Signature,
)
from jupyter_mlops.telemetry.window import Window

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
COLUMNS = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
EXAMPLE = '{"data": [[0.038, 0.051, 0.062, 0.022, -0.044, -0.035, -0.043, -0.003, 0.02, -0.018]]}'

ORIGIN = Provenance(
    user="ada",
    host="laptop",
    python="3.11.2",
    notebook="work/diabetes.ipynb",
    cell=4,
    git_commit="1a2b3c4d5e6f",
    git_dirty=True,
)
SIGNATURE = Signature(
    kind="frame",
    columns=tuple(ColumnSpec(name, "float64") for name in COLUMNS),
    example=[[0.038, 0.051, 0.062, 0.022, -0.044, -0.035, -0.043, -0.003, 0.02, -0.018]],
)
SCRIPT = '''"""Scores the model diabetes."""

import joblib
import pandas as pd
from inference_schema.schema_decorators import input_schema

from jupyter_mlops import Model


def init():
    global model
    model = joblib.load(Model.get_model_path("diabetes"))  # once per worker


def run(data):
    frame = pd.DataFrame(data)
    return [round(value, 1) for value in model.predict(frame) if value > 0]
'''


def model(version: int = 3, **changes) -> ModelRecord:
    known = {
        "name": "diabetes",
        "version": version,
        "digest": "9f86d081884c7d65",
        "size": 1_234_567,
        "flavor": "sklearn",
        "framework": "ScikitLearn",
        "framework_version": "1.9.0",
        "description": "Ridge on the diabetes data set",
        "version_tag": None,
        "tags": {"team": "blue", "stage": "test"},
        "properties": {"r2": "0.51"},
        "signature": SIGNATURE,
        "requirements": ("scikit-learn",),
        "run_id": None,
        "experiment_name": None,
        "provenance": ORIGIN,
        "created": NOON + timedelta(minutes=version),
    }
    return ModelRecord(**{**known, **changes})


def script(**changes) -> ScriptRecord:
    known = {
        "name": "score_diabetes",
        "digest": "0a1b2c3d4e5f",
        "entry_script": "score.py",
        "models": ("diabetes",),
        "imports": ("joblib", "pandas"),
        "lines": (),
        "sample_input": EXAMPLE,
        "sample_output": None,
        "has_sample_output": False,
        "proof": ProofResult(proven=True, status=200, answer=[206.1, 68.1, 176.9], milliseconds=3.42),
        "provenance": ORIGIN,
        "created": NOON,
    }
    return ScriptRecord(**{**known, **changes})


LOCK = EnvironmentLock(
    python="3.11.2",
    packages=(
        LockedPackage(name="joblib", version="1.5.1"),
        LockedPackage(name="numpy", version="2.3.1"),
        LockedPackage(name="scikit-learn", version="1.9.0", direct=True),
    ),
    differences=("scikit-learn 1.9 in the kernel, 1.5 in conda.yml",),
)


def image(**changes) -> ImageRecord:
    manifest = ImageManifest(
        models=(ManifestModel("diabetes", 3, "9f86d081884c7d65"),),
        script=ManifestScript("score_diabetes", "0a1b2c3d4e5f", "score.py"),
        lock=LOCK.digest,
        python="3.11.2",
        scoring="0.1.0",
        signature=SIGNATURE,
    )
    known = {
        "name": "diabetes-image",
        "version": 2,
        "digest": manifest.digest,
        "manifest": manifest,
        "description": None,
        "tags": {"stage": "test"},
        "properties": {},
        "operation": "c0ffee",
        "provenance": ORIGIN,
        "created": NOON,
    }
    return ImageRecord(**{**known, **changes})


def service(**changes) -> ServiceRecord:
    known = {
        "name": "diabetes",
        "target": "process",
        "target_name": None,
        "host": "laptop",
        "interpreter": "/usr/bin/python3",
        "revision": 2,
        "description": None,
        "tags": {"team": "blue"},
        "properties": {},
        "provenance": ORIGIN,
        "created": NOON,
        "updated": NOON + timedelta(minutes=5),
    }
    return ServiceRecord(**{**known, **changes})


HEALTHY = ServiceStatus(
    state="Healthy",
    revision=2,
    scoring_uri="http://127.0.0.1:8890/score",
    swagger_uri="http://127.0.0.1:8890/swagger.json",
)
TRACEBACK = """Traceback (most recent call last):
  Cell [7], line 6, in init
    model = joblib.load(Model.get_model_path("diabets"))
NotFoundError: no model named 'diabets'"""
FAILED = ServiceStatus(state="Failed", error="init() raised NotFoundError: no model named 'diabets'", details=TRACEBACK)


def revision(number: int) -> RevisionRecord:
    return RevisionRecord(
        service="diabetes",
        number=number,
        image=f"diabetes:{number}",
        options=ServiceOptions(),
        provenance=ORIGIN,
        created=NOON + timedelta(minutes=number),
    )


def operation(**changes) -> OperationRecord:
    known = {
        "id": "5f3a9c",
        "kind": "deploy",
        "subject": "service/diabetes",
        "state": "Running",
        "stages": ("freeze", "prepare", "start"),
        "stage": "prepare",
        "progress": 0.42,
        "arguments": {},
        "result": {},
        "error": None,
        "user": "ada",
        "host": "laptop",
        "created": NOON,
        "started": NOON,
        "finished": None,
        "heartbeat": NOON,
    }
    return OperationRecord(**{**known, **changes})


def events(*lines: tuple[float, str, str]) -> list[EventRecord]:
    """(seconds after noon, kind, message) each."""
    return [
        EventRecord(
            number=number,
            time=NOON + timedelta(seconds=after),
            subject="operation/5f3a9c",
            kind=kind,
            message=message,
            data={},
        )
        for number, (after, kind, message) in enumerate(lines, 1)
    ]


RUNNING_EVENTS = events(
    (0.1, "stage", "freeze"),
    (0.2, "log", "diabetes:3 and score_diabetes become image diabetes:1"),
    (0.6, "stage", "prepare"),
    (0.7, "log", "uv venv --python 3.11"),
    (1.9, "log", "installed 23 packages"),
)
ENDED_EVENTS = [*RUNNING_EVENTS, *events((3.0, "stage", "start"), (3.5, "log", "worker 4711 is ready"))]


def failed_operation() -> OperationRecord:
    error = ServiceError(
        "init() raised NotFoundError: no model named 'diabets'", where="Cell [7], line 6", details=TRACEBACK
    )
    return operation(
        state="Failed", stage="start", progress=None, error=error.to_dict(), finished=NOON + timedelta(seconds=4)
    )


def windows(number: int = 40) -> list[Window]:
    """Two minutes of a service that is asked more and more, and has a bad moment."""
    made = []
    for index in range(number):
        bad = 6 if 24 <= index < 28 else 0
        good = 30 + index * 2 + (index * 7) % 13
        slow = 0.004 + 0.0001 * ((index * 5) % 17) + (0.02 if bad else 0)
        made.append(
            Window(
                start=NOON + timedelta(seconds=index * 3),
                end=NOON + timedelta(seconds=index * 3 + 3),
                requests=good + bad,
                statuses={"200": good, **({"500": bad} if bad else {})},
                latency={0.5: slow, 0.95: slow * 2, 0.99: slow * 2.5} if index != 10 else {0.5: None},
                in_flight=2,
            )
        )
    return made


def whole() -> Window:
    steps = windows()
    return Window(
        start=steps[0].start,
        end=steps[-1].end,
        requests=sum(step.requests for step in steps),
        statuses={"200": sum(step.statuses["200"] for step in steps), "500": 24},
        latency={0.5: 0.0048, 0.95: 0.0096, 0.99: 0.012},
        in_flight=2,
    )
