"""A workspace of the test's own, and a trained model; whatever a test deployed is gone after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from jupyter_mlops.sdk import notices
from jupyter_mlops.sdk.model import Model
from jupyter_mlops.sdk.run import run_stack
from jupyter_mlops.sdk.webservice import Webservice
from jupyter_mlops.sdk.workspace import Workspace

ROWS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]])


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The user's data folder and the working folder are the test's; nothing was said yet; no run is going on."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "notebook").mkdir()
    monkeypatch.chdir(tmp_path / "notebook")
    monkeypatch.setattr(notices, "_said", set())
    yield
    run_stack.clear()


@pytest.fixture
def ws() -> Iterator[Workspace]:
    with Workspace() as workspace:
        yield workspace
        for service in Webservice.list(workspace):
            service.delete()


def fitted(slope: float = 1.0) -> LinearRegression:
    """A linear model of two columns whose first coefficient is `slope`, the second 1."""
    return LinearRegression().fit(ROWS, ROWS @ np.array([slope, 1.0]))


@pytest.fixture
def model(ws: Workspace) -> Model:
    return Model.register(ws, model=fitted(), model_name="linear", sample=ROWS)
