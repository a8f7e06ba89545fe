"""Every test finds the fixtures of `tests/fixtures` and never writes outside of its own folders."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("patient", settings(), deadline=None)  # an input that a busy machine held up is no failure
settings.load_profile("patient")

pytest_plugins = [
    "tests.fixtures.engines",
    "tests.fixtures.leftovers",
    "tests.fixtures.registries",
    "tests.fixtures.skips",
    "tests.fixtures.stores",
]


@pytest.fixture(autouse=True)
def _own_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The default workspace, the machine folder and the place of short-lived sockets are the test's own."""
    monkeypatch.setenv("JUPYTER_MLOPS_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("JUPYTER_MLOPS_STATE", str(tmp_path / "state"))
    with tempfile.TemporaryDirectory(prefix="jmt-", ignore_cleanup_errors=True) as short:  # a socket's path is short
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        yield
