"""What `deploy_configuration` keeps, and what it shows."""

from __future__ import annotations

from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.sdk.webservice import LocalWebservice, ProcessWebservice


def test_the_defaults_are_the_targets() -> None:
    assert ProcessWebservice.deploy_configuration().options == ServiceOptions()
    local = LocalWebservice.deploy_configuration(port=8890)
    assert (local.target, local.options) == ("local", ServiceOptions(port=8890))


def test_values_of_environment_variables_are_shown_nowhere() -> None:
    config = ProcessWebservice.deploy_configuration(workers=2, environment_variables={"TOKEN": "hush"}, tags={"k": 1})
    assert repr(config) == (
        "DeploymentConfiguration(target='process', "
        "options={'workers': 2, 'environment_variables': ['TOKEN']}, tags={'k': '1'})"
    )
