from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jupyter_mlops.records import ServiceOptions, ServiceSpec
from jupyter_mlops.services.process.revision import document
from tests.services.specs import DOUBLE


def test_the_whole_document(spec_of: Callable[..., ServiceSpec]) -> None:
    spec = spec_of(DOUBLE, revision=3, options=ServiceOptions(workers=2, environment_variables={"A": "b"}))
    app = Path(spec.content) / "app"
    assert document(spec, fallback=["python", "-m", "x"]) == {
        "revision": 3,
        "service": "doubler",
        "service_version": "3",
        "workspace": "lab",
        "python": spec.interpreter,
        "isolated": True,
        "lock": f"{spec.content}/lock.json",
        "fallback": ["python", "-m", "x"],
        "app_root": str(app),
        "entry_script": "source/score.py",
        "source_directory": "source",
        "model_dir": f"{app}/azureml-models/numbers/1",
        "models": [{"name": "numbers", "version": 1, "path": f"{app}/azureml-models/numbers/1"}],
        "environment": {"A": "b"},
        "workers": 2,
        "threads": 1,
        "preload": False,
        "batch": None,
        "limits": {
            "body_bytes": 104_857_600,
            "concurrency": None,
            "wait_ms": 500,
            "scoring_timeout_ms": 60_000,
            "init_timeout_s": 600,
        },
        "signature": None,
        "cors_origins": [],
        "hot_reload": False,
        "collect": None,
        "probe": {"body": '{"data": [1, 2]}', "rows": []},
    }


def test_options_reach_the_document(spec_of: Callable[..., ServiceSpec]) -> None:
    options = ServiceOptions(
        preload=True,
        batch_max_size=64,
        scoring_timeout_ms=9,
        replica_max_concurrent_requests=4,
        max_request_wait_time=0,
        max_body_bytes=10,
        init_timeout_s=5,
        cors_origins=("*",),
    )
    made = document(spec_of(DOUBLE, options=options, sample_input=None))
    assert made["preload"] is True
    assert made["batch"] == {"max_size": 64, "max_wait_ms": 0}
    assert made["limits"] == {
        "body_bytes": 10,
        "concurrency": 4,
        "wait_ms": 0,
        "scoring_timeout_ms": 9,
        "init_timeout_s": 5,
    }
    assert (made["cors_origins"], made["probe"]) == (["*"], None)


def test_collected_data_goes_to_the_folder_where_the_options_ask_for_it(spec_of: Callable[..., ServiceSpec]) -> None:
    folder = Path("/state/services/doubler/collected")
    asked = spec_of(DOUBLE, options=ServiceOptions(collect_model_data=True))
    assert document(asked, collected=folder)["collect"] == str(folder)
    assert document(spec_of(DOUBLE), collected=folder)["collect"] is None
