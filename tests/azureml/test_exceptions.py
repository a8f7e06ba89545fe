"""Retired `except` clauses catch what they caught."""

from __future__ import annotations

import pytest

from jupyter_mlops.errors import NotFoundError, UnsupportedError
from jupyter_mlops.sdk.workspace import Workspace


def test_a_service_or_model_that_is_not_there() -> None:
    from azureml.core import Model, Webservice
    from azureml.exceptions import ModelNotFoundException, WebserviceException

    with Workspace() as ws:
        with pytest.raises(WebserviceException) as error:
            Webservice(ws, "myservice")
        assert "myservice" in error.value.message
        with pytest.raises(ModelNotFoundException):
            Model(ws, "mymodel")


def test_the_cell_that_finds_or_makes_a_cluster() -> None:
    from azureml.core.compute import AksCompute, ComputeTarget
    from azureml.core.compute_target import ComputeTargetException

    def find_or_make(ws: Workspace) -> ComputeTarget:
        try:
            return ComputeTarget(ws, "my-aks")
        except ComputeTargetException:
            return ComputeTarget.create(ws, "my-aks", AksCompute.provisioning_configuration())

    with Workspace() as ws, pytest.raises(UnsupportedError, match="AksCompute is not served yet"):
        find_or_make(ws)


def test_not_served_yet_says_so_at_use() -> None:
    from azureml.core.webservice import AciWebservice, AksWebservice

    for unserved in (AciWebservice, AksWebservice):
        with pytest.raises(UnsupportedError, match="LocalWebservice"):
            unserved.deploy_configuration(cpu_cores=1, memory_gb=1)
        with pytest.raises(UnsupportedError, match="not served yet"):
            unserved(None, "name")
    assert issubclass(NotFoundError, Exception)


def test_logging_in_is_not_needed_and_keeps_nothing() -> None:
    from azureml.core.authentication import ServicePrincipalAuthentication

    with pytest.warns(UserWarning, match="no login is needed"):
        auth = ServicePrincipalAuthentication("tenant", "id", service_principal_password="hush")
    assert "hush" not in repr(vars(auth)) + repr(auth)
    with pytest.raises(UnsupportedError):
        auth.get_authentication_header()
    with pytest.warns(UserWarning, match="auth belong to Azure"):
        Workspace.from_config(auth=auth)


def test_the_names_of_entry_scripts_import_in_a_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    from azureml.contrib.services.aml_request import AMLRequest, rawhttp
    from azureml.contrib.services.aml_response import AMLResponse
    from azureml.monitoring import ModelDataCollector

    @rawhttp
    def run(request: object) -> object:
        return AMLResponse("bad", 400)

    assert run(None).status_code == 400  # type: ignore[attr-defined]
    with pytest.raises(UnsupportedError):
        AMLRequest()
    collector = ModelDataCollector("model", designation="inputs", feature_names=["a"])
    collector.collect([1])
    collector.collect([2])
    assert capsys.readouterr().out.count("not in a notebook") == 1
