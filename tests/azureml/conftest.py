"""The old names are served during a test, and nobody's after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlops.azureml import install, uninstall
from jupyter_mlops.sdk import notices


@pytest.fixture(autouse=True)
def _old_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(notices, "_said", set())
    install()
    yield
    uninstall()
