"""Finding, making and naming workspaces, with Azure's arguments and without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_mlops.errors import MlopsError, NotFoundError, WorkspaceError
from jupyter_mlops.sdk.model import Model
from jupyter_mlops.sdk.workspace import Workspace
from tests.sdk.conftest import fitted


def test_the_one_that_is_meant_is_made_on_first_use(tmp_path: Path) -> None:
    workspace = Workspace()
    assert not (tmp_path / "workspace").exists(), "nothing is opened before it is needed"
    assert workspace.name == "workspace"
    assert (tmp_path / "workspace" / "workspace.db").exists()
    assert repr(workspace) == f"Workspace(location={str(tmp_path / 'workspace')!r})"
    workspace.close()


def test_a_location_that_is_given_must_exist(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError):
        _ = Workspace(tmp_path / "nowhere").name


def test_a_named_one_is_made_and_found_again(capsys: pytest.CaptureFixture[str]) -> None:
    with Workspace.create("team") as made, Workspace.get("team") as found:
        assert made == found
        assert found.name == "team"
        assert "Workspace team is at" in capsys.readouterr().out
    assert list(Workspace.list()) == ["team"]
    with pytest.raises(NotFoundError, match=r"Workspace\.create\('crew'\)"):
        Workspace.get("crew")
    with pytest.raises(MlopsError):
        Workspace.create("team")
    Workspace.create("team", exist_ok=True, show_output=False).close()


def test_a_project_writes_down_which_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTER_MLOPS_WORKSPACE")
    with Workspace.create("team", tmp_path / "shared", show_output=False) as made:
        made.write_config()
    assert Path(".mlops/config.yaml").is_file()
    for found in (Workspace.from_config(), Workspace(), Workspace.from_config(Path.cwd())):
        with found:
            assert found == made
            assert found.get_details()["name"] == "team"
    with pytest.raises(WorkspaceError, match="no such configuration file"):
        Workspace.from_config("elsewhere.yaml")


def test_azures_arguments_are_named_as_not_needed_once() -> None:
    with pytest.warns(UserWarning, match="region, resource_group, subscription_id belong to Azure"):
        made = Workspace.create(
            "old", subscription_id="s", resource_group="g", location="West Europe", exist_ok=True, show_output=False
        )
    assert made.name == "old"
    made.close()
    Workspace.create("old", subscription_id="s", resource_group="g", location="westeurope", exist_ok=True).close()
    assert not Path("westeurope").exists()


def test_a_workspace_of_azure_is_stood_in_for_and_said_so(ws: Workspace) -> None:
    Path("config.json").write_text(json.dumps({"subscription_id": "s", "resource_group": "g", "workspace_name": "old"}))
    with pytest.warns(UserWarning, match="'old' is a workspace of Azure; .* stands in for it"):
        assert Workspace.from_config("config.json") == ws
    with pytest.warns(UserWarning, match="belong to Azure"):
        assert Workspace("s-id", "group", "old") == ws
    told = "Workspace: " + ws.name + ws.location + ws.subscription_id + ws.resource_group
    assert "None" not in told, "the line that every retired notebook prints"


def test_what_azures_workspaces_had_besides_says_what_to_do(ws: Workspace) -> None:
    with pytest.raises(AttributeError, match=r"get_default_datastore is not served: .* read the data"):
        ws.get_default_datastore()
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = ws.nonsense


def test_what_is_in_it_is_found_by_name_and_version(ws: Workspace, model: Model) -> None:
    second = Model.register(ws, model=fitted(2), model_name="linear")
    assert ws.models["linear"] == second
    assert ws.models["linear:1"] == model
    assert list(ws.models) == ["linear"]
    assert "nothing" not in ws.models
    with pytest.raises(KeyError):
        ws.models["nothing"]
    shelves = (ws.images, ws.webservices, ws.experiments, ws.environments, ws.compute_targets)
    assert [dict(shelf) for shelf in shelves] == [{}] * 5
