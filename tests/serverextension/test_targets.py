"""The form of a deployment is made from the target's own schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from jupyter_mlops import plugins
from jupyter_mlops.registry import targets as registry
from jupyter_mlops.sdk.workspace import Workspace
from tests.serverextension.conftest import Reply, Server


def test_the_options_of_the_process_target(server: Server, workspace: Workspace) -> None:
    process = next(target for target in server.get("/targets")["items"] if target["name"] == "process")
    assert (process["kind"], process["default"], process["attached"]) == ("process", True, False)
    Draft202012Validator.check_schema(process["schema"])
    properties = process["schema"]["properties"]
    assert set(properties) == set(process["options"])
    assert properties["auth_enabled"] == {
        "type": "boolean", "default": True, "description": "whether a request needs a key (default: true)",
    }  # fmt: skip
    assert "cpu_cores" not in properties


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"workers": "two"}, "body.options.workers"),
        ({"auth_enabled": "yes"}, "body.options.auth_enabled"),
        ({"cors_origins": ["*", 3]}, "body.options.cors_origins[1]"),
        ({"environment_variables": {"A": 1}}, "body.options.environment_variables.A"),
        ({"colour": "red"}, "body.options.colour"),
    ],
)
def test_a_value_that_the_target_does_not_take_names_its_field(
    options: dict[str, Any], where: str, server: Server, workspace: Workspace
) -> None:
    for route in ("/plan", "/services"):
        reply = server.post(route, name="web", models=["none:1"], options=options)
        assert (reply.status, reply["type"], reply["where"]) == (400, "UsageError", where)


def test_a_wrong_option_is_told_with_what_the_target_says_of_it(server: Server, workspace: Workspace) -> None:
    processes = next(target for target in server.get("/targets")["items"] if target["name"] == "process")
    refused = server.post("/plan", name="web", models=["none:1"], options={"workers": "two"})
    assert refused["what"] == "'two' is no integer"
    assert refused["hint"] == processes["schema"]["properties"]["workers"]["description"]


@pytest.mark.parametrize(
    ("route", "name"), [("/plan", "X"), ("/services", "a b"), ("/images", "a b"), ("/models", "a b")]
)
def test_a_name_that_is_not_taken_is_at_its_field(route: str, name: str, server: Server, workspace: Workspace) -> None:
    (server.root / "score.py").write_text("def init():\n    pass\n\ndef run(data):\n    return data\n")
    content = {"path": "score.py"} if route == "/models" else {"entry_script": "score.py"}
    refused = server.post(route, name=name, **content)
    assert (refused.status, refused["type"], refused["where"]) == (400, "InvalidNameError", "body.name")


def test_an_option_of_another_target_is_refused_with_advice(server: Server, workspace: Workspace) -> None:
    (server.root / "score.py").write_text("def init():\n    pass\n\ndef run(data):\n    return data\n")
    reply = server.post("/services", name="web", entry_script="score.py", options={"cpu_cores": 2, "workers": None})
    assert (reply.status, reply["type"]) == (400, "UnsupportedError")
    assert "cpu_cores" in reply["what"]


def test_what_the_container_stands_on_is_said_as_the_magic_says_it(server: Server, workspace: Workspace) -> None:
    (server.root / "score.py").write_text("def init():\n    pass\n\ndef run(data):\n    return data\n")
    (server.root / "steps.txt").write_text("RUN true\n")
    plan = server.post(
        "/plan", name="web", entry_script="score.py", extra_docker_file_steps="steps.txt", base_image="debian:12"
    )
    assert plan.status == 200, plan
    options = "--entry-script score.py --base-image debian:12 --extra-docker-file-steps steps.txt"
    assert plan["magic"] == f"%deploy web {options}"
    gone = server.post("/plan", name="web", entry_script="score.py", extra_docker_file_steps="gone.txt")
    assert (gone.status, gone["where"]) == (404, "gone.txt")


MOON = """\
from jupyter_mlops.services.target import Capabilities, refuse_unknown_options

class Moon:
    kind = 'moon'
    def __init__(self, workspace_id, configuration):
        self.most = configuration.get('most', 3)
    def capabilities(self):
        return Capabilities(frozenset({'replicas'}), {
            'type': 'object', 'properties': {'replicas': {'type': 'integer', 'minimum': 1, 'maximum': self.most}},
            'required': ['replicas'],
        })
    def check(self, options):
        refuse_unknown_options('moon', options, frozenset({'replicas'}), {})

class Broken(Moon):
    def capabilities(self):
        return Capabilities(frozenset(), {'type': 'object', 'properties': {'workers': {'type': 'wheel'}}})

class Raising(Moon):
    def capabilities(self):
        raise RuntimeError('eclipse')
"""


@pytest.fixture
def moon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A distribution of somebody else with targets, found by its entry points; the kernel's Python finds it too."""
    package = tmp_path / "packages"
    (package / "moon-1.0.dist-info").mkdir(parents=True)
    (package / "moon-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: moon\nVersion: 1.0\n")
    (package / "moon-1.0.dist-info/entry_points.txt").write_text(
        "[jupyter_mlops.targets]\nmoon = moon:Moon\nmars = mars:Mars\nbroken = moon:Broken\nraising = moon:Raising\n"
    )
    (package / "moon.py").write_text(MOON)
    monkeypatch.syspath_prepend(str(package))
    monkeypatch.setenv("PYTHONPATH", str(package))
    plugins._plugins.cache_clear()
    yield
    plugins._plugins.cache_clear()


def test_a_third_partys_target_has_a_form_too(server: Server, workspace: Workspace, moon: None) -> None:
    found = {target["name"]: target for target in server.get("/targets")["items"]}
    assert found["moon"]["schema"]["properties"]["replicas"]["maximum"] == 3
    assert found["moon"]["schema"]["properties"]["replicas"]["description"] == "how many of it"
    assert found["mars"]["unavailable"]["type"] == "RequirementError"
    assert "eclipse" in found["raising"]["unavailable"]["what"], "the others are there none the less"


def test_a_third_partys_target_has_its_values_checked(server: Server, workspace: Workspace, moon: None) -> None:
    (server.root / "score.py").write_text("def init():\n    pass\n\ndef run(data):\n    return data\n")

    def plan(target: str, **options: Any) -> Reply:
        return server.post("/plan", name="web", entry_script="score.py", target=target, options=options)

    too_many = plan("moon", replicas=9)
    assert (too_many.status, too_many["where"]) == (400, "body.options.replicas")
    assert "9 is greater than the maximum of 3" in too_many["what"]
    assert plan("moon", replicas=2).status == 200
    assert "the target 'broken' has options whose schema is none" in plan("broken", workers=1)["what"]
    registry.attach(workspace.store, "far", "moon", {"most": 20})
    assert plan("far", replicas=9).status == 200
    assert plan("far", replicas=21)["where"] == "body.options.replicas"
