"""A secret in a service's environment reaches the script, and lies nowhere but in files of the machine folder."""

from __future__ import annotations

import stat
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest

from jupyter_mlops.errors import BusyError, ServiceError
from jupyter_mlops.operations import follow, secrets, targets, verbs
from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.registry import operations, services
from jupyter_mlops.services.process.machine import MachineFolder
from tests.operations.conftest import ORIGIN, House

SECRET = "correct-horse-battery-staple"

TELLS = """
import os

def init():
    pass

def run(data):
    return os.environ["TOKEN"]
"""


def test_a_login_to_a_registry_is_a_private_file_of_the_machine() -> None:
    assert secrets.login("w", "registry.example.org") is None
    secrets.keep_login("w", "registry.example.org", "ada", SECRET)
    secrets.keep_login("w", "docker.io", "bob", "another")
    assert secrets.login("w", "registry.example.org") == ("ada", SECRET)
    (file,) = (path for path in MachineFolder("w").root.rglob("*") if path.is_file() and SECRET in path.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secrets.forget_login("w", "registry.example.org")
    secrets.forget_login("w", "registry.example.org")
    assert secrets.login("w", "registry.example.org") is None
    assert secrets.login("w", "docker.io") == ("bob", "another")


def test_a_value_becomes_a_reference_and_is_found_again() -> None:
    hidden = secrets.hide("w", ServiceOptions(environment_variables={"TOKEN": SECRET}))
    assert SECRET not in str(asdict(hidden))
    assert secrets.hide("w", hidden) == hidden
    assert secrets.reveal("w", hidden).environment_variables == {"TOKEN": SECRET}
    secrets.forget("w", [hidden])
    with pytest.raises(ServiceError, match="the value of the environment variable TOKEN is not on this machine"):
        secrets.reveal("w", hidden)


@pytest.mark.slow
def test_the_script_has_it_and_the_database_does_not(house: House) -> None:
    parts = house.written(TELLS, house.model())
    options = ServiceOptions(environment_variables={"TOKEN": SECRET})
    house.deploy(parts, options=options)
    target = targets.target_for(house.store, services.get(house.store, "linear"))
    uri = target.status("linear").scoring_uri or ""

    def told() -> object:
        headers = {"Authorization": f"Bearer {target.keys('linear')[0]}"}
        return httpx.post(uri, json={}, headers=headers).json()

    assert told() == SECRET
    changed = verbs.update(house.store, "linear", models=(house.model(slope=2).id,), provenance=ORIGIN)
    follow.wait(house.store, changed.id)
    assert told() == SECRET, "what is not given stays"

    root = Path(house.store.location)
    assert [path for path in root.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []
    state = root.parent / "state"
    holders = [path for path in state.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert holders, "the machine folder has it"
    assert {stat.S_IMODE(path.stat().st_mode) for path in holders} == {0o600}

    follow.wait(house.store, verbs.delete_service(house.store, "linear").id)
    assert [path for path in state.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []


def test_a_deployment_that_is_refused_leaves_no_value_behind(house: House) -> None:
    operations.start(house.store, "deploy", "service/linear", ("start",), {}, user="ada", host="elsewhere")
    parts = house.parts(house.model())
    with pytest.raises(BusyError):
        house.deploy(parts, options=ServiceOptions(environment_variables={"TOKEN": SECRET}))
    state = house.folder.parent / "state"
    assert [path for path in state.rglob("secrets/*") if path.is_file()] == []
