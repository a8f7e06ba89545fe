"""The names of Azure's packages, served inside a scoring process."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from driving import Worker, WorkerFailed

from jupyter_mlops.scoring.wire import RequestFlag

Serve = Callable[..., Worker]


def test_every_old_import_works_and_using_what_is_not_there_says_so(serve: Serve) -> None:
    worker = serve("""
        import azureml.core
        import azureml.train.automl
        from azureml.automl.core.shared import logging_utilities
        from azureml.contrib.services.aml_request import AMLRequest, rawhttp as there
        from azureml.contrib.services.aml_response import AMLResponse
        from azureml.core import Model, Run, Workspace
        from azureml.core.model import Model as Model2
        from azureml.core.run import Run as Run2
        from azureml.monitoring import ModelDataCollector
        from azureml.telemetry import INSTRUMENTATION_KEY
        from azureml_inference_server_http.api.aml_response import AMLResponse as Newer
        from inference_schema.schema_util import get_input_schema
        from jupyter_mlops import Model as Model3
        import sklearn.externals.joblib
        import joblib
        def init(): pass
        def run(raw):
            assert Model is Model2 is Model3 and Run is Run2 and AMLResponse is Newer
            assert sklearn.externals.joblib is joblib
            Run.get_context()
            try:
                Workspace.from_config()
            except NotImplementedError as error:
                return str(error)
        """)
    assert worker.value("").startswith("azureml.core.Workspace is part of the Azure ML SDK and is not served")


def test_an_unknown_module_of_azure_is_missing_as_ever(serve: Serve) -> None:
    with pytest.raises(WorkerFailed) as failed:
        serve("import azureml.mlflow")
    assert failed.value.report["message"] == "ModuleNotFoundError: No module named 'azureml.mlflow'"


def test_the_rest_of_jupyter_mlops_is_not_in_a_service(serve: Serve) -> None:
    with pytest.raises(WorkerFailed) as failed:
        serve("from jupyter_mlops import Workspace")
    assert failed.value.report["message"].startswith("ImportError: cannot import name 'Workspace' from 'jupyter_mlops'")


def test_model_paths(serve: Serve, tmp_path: Path) -> None:
    for path in ("one/1/m.pkl", "one/2/m.pkl", "one/10/m.pkl", "folder/1/net/weights", "many/1/a", "many/1/b"):
        file = tmp_path / "azureml-models" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    (tmp_path / "beside.pkl").write_text("")
    worker = serve("""
        from azureml.core.model import Model
        def init(): pass
        def run(raw):
            try:
                return Model.get_model_path(*eval(raw))
            except FileNotFoundError as error:
                return str(error)
        """)
    models = f"{tmp_path}/azureml-models"
    assert worker.value("('one',)") == f"{models}/one/10/m.pkl"
    assert worker.value("('one', 2)") == f"{models}/one/2/m.pkl"
    assert worker.value("('one:1',)") == f"{models}/one/1/m.pkl"
    assert worker.value("('folder',)") == f"{models}/folder/1/net"
    assert worker.value("('many',)") == f"{models}/many/1"
    assert worker.value("('beside.pkl',)") == "beside.pkl"
    assert worker.value("('one', 3)") == "model 'one' has no version 3 in this service; there are 1, 2, 10"
    assert worker.value("('none',)") == "no model 'none' in this service: there are folder, many, one"


def test_collected_rows_lie_in_csv_and_probes_are_left_out(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "collected"
    worker = serve(
        """
        import numpy as np
        from azureml.monitoring import ModelDataCollector
        def init():
            global inputs, predictions
            inputs = ModelDataCollector("best/model", identifier="inputs", feature_names=["a", "b"])
            predictions = ModelDataCollector("best/model", designation="predictions", feature_names=["y"])
        def run(raw):
            inputs.collect(np.array([[1, 2.5], [3, 4.5]]), "mine")
            predictions.collect([7.0])
            return 1
        """,
        collect=str(folder),
        service="diabetes",
    )
    worker.score("", flags=RequestFlag.PROBE)
    assert not folder.exists()
    worker.score("")
    worker.score("")
    (path,) = folder.glob("best_model/inputs/*/*/*/*.csv")
    header, *rows = csv.reader(path.read_text().splitlines())
    assert header == ["$Timestamp", "$CorrelationId", "$Service", "$Revision", "a", "b"]
    assert [row[1:] for row in rows] == [
        ["mine", "diabetes", "", "1.0", "2.5"],
        ["mine", "diabetes", "", "3.0", "4.5"],
    ] * 2
    (path,) = folder.glob("best_model/predictions/*/*/*/*.csv")
    assert len(path.read_text().splitlines()) == 3
