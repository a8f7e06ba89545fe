"""The form of a deployment is made from the target's own schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from jupyter_mlops import plugins
from jupyter_mlops.sdk.workspace import Workspace
from tests.serverextension.conftest import Server


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


def test_a_third_partys_target_has_a_form_too(
    server: Server, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "packages"
    (package / "moon-1.0.dist-info").mkdir(parents=True)
    (package / "moon-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: moon\nVersion: 1.0\n")
    (package / "moon-1.0.dist-info/entry_points.txt").write_text(
        "[jupyter_mlops.targets]\nmoon = moon:Moon\nmars = mars:Mars\n"
    )
    (package / "moon.py").write_text(
        "from jupyter_mlops.services.target import Capabilities\n"
        "class Moon:\n"
        "    kind = 'moon'\n"
        "    def __init__(self, workspace_id, configuration): pass\n"
        "    def capabilities(self):\n"
        "        schema = {'type': 'object', 'properties': {'replicas': {'type': 'integer', 'maximum': 3}}}\n"
        "        return Capabilities(frozenset({'replicas'}), schema)\n"
    )
    monkeypatch.syspath_prepend(str(package))
    plugins._plugins.cache_clear()
    try:
        found = {target["name"]: target for target in server.get("/targets")["items"]}
    finally:
        plugins._plugins.cache_clear()
    assert found["moon"]["schema"]["properties"]["replicas"]["maximum"] == 3
    assert found["moon"]["schema"]["properties"]["replicas"]["description"] == "how many of it"
    assert found["mars"]["unavailable"]["type"] == "RequirementError"
