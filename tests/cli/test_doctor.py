"""`jupyter mlops doctor` says what works here and what to type for the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.cli.doctor import examine


def test_this_machine_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "✓ Python" in told
    assert "✗" not in told


def test_as_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--output", "json"]) == 0
    names = {finding["name"] for finding in json.loads(capsys.readouterr().out)}
    assert {"Python", "workspace", "machine folder", "uv", "sklearn models"} <= names


def test_a_workspace_that_cannot_be_opened_is_the_first_thing_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("JUPYTER_MLOPS_WORKSPACE", str(tmp_path / "file"))
    assert main(["doctor"]) == 1
    assert "not ready: workspace" in capsys.readouterr().err


def test_what_is_missing_has_a_cure() -> None:
    assert all(finding.cure for finding in examine() if not finding.ok)
