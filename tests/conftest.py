"""Every test finds the fixtures of `tests/fixtures` and never writes outside of its own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["tests.fixtures.skips", "tests.fixtures.stores"]


@pytest.fixture(autouse=True)
def _own_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default workspace and the machine folder are the test's own."""
    monkeypatch.setenv("JUPYTER_MLOPS_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("JUPYTER_MLOPS_STATE", str(tmp_path / "state"))
