"""Experiments and runs: what is logged, kept and registered."""

from __future__ import annotations

import io
from pathlib import Path

import joblib
import numpy as np
import pytest

from jupyter_mlops.errors import ConflictError, NotFoundError, UnsupportedError, UsageError
from jupyter_mlops.sdk.experiment import Experiment
from jupyter_mlops.sdk.run import Run
from jupyter_mlops.sdk.workspace import Workspace
from tests.sdk.conftest import fitted


def test_metrics_in_the_order_they_were_logged(ws: Workspace) -> None:
    run = Experiment(ws, "diabetes").start_logging(tags={"who": "ada"})
    run.log("alpha", 0.03)
    run.log("mse", np.float64(3424.3))
    for value in (1, 2):
        run.log("epoch", value)
        run.log_row("curve", x=value, y=value**2)
    run.log_list("fib", [1, 1, 2])
    run.log_table("table", {"a": [1], "b": [2]})
    run.tag("stage", "test")
    run.add_properties({"commit": "abc"})
    run.complete()
    again = Run.get(ws, run.id)
    assert again.get_metrics() == {
        "alpha": 0.03,
        "mse": 3424.3,
        "epoch": [1, 2],
        "curve": {"x": [1, 2], "y": [1, 4]},
        "fib": [1, 1, 2],
        "table": {"a": [1], "b": [2]},
    }
    assert (again.status, again.number, again.tags) == ("Completed", 1, {"who": "ada", "stage": "test"})
    assert again.properties == {"commit": "abc"}
    assert again.get_metrics("alpha") == {"alpha": 0.03}
    assert repr(again).startswith("Run(experiment='diabetes', number=1, id=")


def test_a_file_of_the_run_becomes_a_model(ws: Workspace) -> None:
    experiment = Experiment(workspace=ws, name="diabetes")
    run = experiment.start_logging()
    joblib.dump(fitted(), "model.pkl")
    run.upload_file("outputs/model.pkl", "model.pkl")
    model = run.register_model(model_name="linear", model_path="outputs/model.pkl", tags={"alpha": 1})
    assert (model.id, model.run_id, model.experiment_name) == ("linear:1", run.id, "diabetes")
    assert model.run == run
    assert Path(model.download("out")).read_bytes() == Path("model.pkl").read_bytes()
    with pytest.raises(NotFoundError, match=r"it has: outputs/model\.pkl"):
        run.register_model(model_name="other", model_path="outputs/other.pkl")
    with pytest.raises(ConflictError):
        run.upload_file("outputs/model.pkl", "model.pkl")


def test_folders_streams_and_pictures(ws: Workspace) -> None:
    Path("out/deep").mkdir(parents=True)
    Path("out/deep/a.txt").write_text("a")
    Path("plot.png").write_bytes(b"png")
    with Experiment(ws, "files").start_logging(outputs="out") as run:
        run.upload_folder("data", "out")
        run.upload_file("stream.bin", io.BytesIO(b"bytes"))
        run.log_image("curve", path="plot.png")
    assert run.get_file_names() == ["curve.png", "data/deep/a.txt", "outputs/deep/a.txt", "stream.bin"]
    run.download_files("data", "back")
    assert Path("back/data/deep/a.txt").read_text() == "a"
    assert Path(run.download_file("stream.bin")).read_bytes() == b"bytes"
    assert run.register_model("net", "data").version == 1
    with pytest.raises(UsageError, match="no such file"):
        run.upload_file("b", "gone")


def test_the_context_is_the_run_that_goes_on(ws: Workspace) -> None:
    experiment = Experiment(ws, "e")
    run = experiment.start_logging()
    assert Run.get_context() == run
    inner = experiment.start_logging()
    assert Run.get_context() == inner
    with pytest.raises(ZeroDivisionError), inner:
        _ = 1 / 0
    assert (inner.status, inner.properties["error"]) == ("Failed", "ZeroDivisionError: division by zero")
    run.cancel()
    assert [each.status for each in experiment.get_runs()] == ["Failed", "Canceled"]
    assert experiment.get_runs(properties=["error"]) == [inner]
    with pytest.raises(NotFoundError):
        Run.get_context(allow_offline=False)


def test_with_no_run_values_are_printed_and_said_not_to_be_kept(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run.get_context()
    run.log("mse", 1.5)
    run.complete()
    out = capsys.readouterr().out
    assert "printed and not kept" in out
    assert "mse: 1.5" in out
    assert run.get_metrics() == {"mse": 1.5}
    with pytest.raises(UsageError, match="start_logging"):
        run.register_model("x", "outputs/x")
    with pytest.raises(UsageError, match="start_logging"):
        _ = run.experiment


def test_what_is_not_served_says_so(ws: Workspace) -> None:
    experiment = Experiment(ws, "e")
    with pytest.raises(UnsupportedError, match="start_logging"):
        experiment.submit(object())
    with pytest.warns(UserWarning, match="no snapshot"):
        run = experiment.start_logging(snapshot_directory=".")
    for refused in (run.get_portal_url, run.child_run, run.wait_for_completion):
        with pytest.raises(UnsupportedError):
            refused()
    run.complete()
    assert run.wait_for_completion()["status"] == "Completed"
