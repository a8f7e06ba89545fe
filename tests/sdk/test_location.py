"""Which workspace is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.errors import UsageError, WorkspaceError
from jupyter_mlops.sdk.location import choose, masked, write_config


def test_an_argument_wins(tmp_path: Path) -> None:
    assert choose(tmp_path / "mine").location == str(tmp_path / "mine")


def test_then_the_environment(tmp_path: Path) -> None:
    chosen = choose()
    assert (chosen.location, chosen.source) == (str(tmp_path / "workspace"), "JUPYTER_MLOPS_WORKSPACE")


def test_then_the_nearest_configuration_file_upward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTER_MLOPS_WORKSPACE")
    write_config(tmp_path, "team", "team")
    deep = tmp_path / "notebook" / "deep"
    deep.mkdir()
    monkeypatch.chdir(deep)
    assert choose().location == str(tmp_path / "team"), "a relative folder counts from the project's folder"


def test_then_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTER_MLOPS_WORKSPACE")
    chosen = choose()
    assert chosen.source == "the default"
    assert Path(chosen.location).name == "default"
    assert Path(chosen.location).is_relative_to(tmp_path)


@pytest.mark.parametrize("text", ["", "[1]", "name: x", "workspace: 3", "a: ["])
def test_a_configuration_that_names_none_is_an_error_with_its_path(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUPYTER_MLOPS_WORKSPACE")
    path = tmp_path / ".mlops" / "config.yaml"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(WorkspaceError, match=r"config\.yaml") as caught:
        choose()
    assert "\n" not in str(caught.value)


def test_a_password_is_shown_nowhere_and_written_nowhere(tmp_path: Path) -> None:
    url = "postgresql://ada:hush@db:5432/mlops"
    assert masked(url) == "postgresql://ada:***@db:5432/mlops"
    assert masked("postgresql://db/mlops?user=ada&password=hush") == "postgresql://db/mlops?user=ada&password=***"
    for shown in ("/a/folder", "sqlite:////a/b.db", "postgresql://ada@db/mlops"):
        assert masked(shown) == shown
    with pytest.raises(UsageError) as error:
        write_config(tmp_path, url, "team")
    assert "hush" not in str(error.value)
    assert not (tmp_path / ".mlops").exists()
