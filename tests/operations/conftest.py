"""A workspace with a real model and a real script in it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from jupyter_mlops.capture.environment import lock_kernel
from jupyter_mlops.capture.objects import capture_model
from jupyter_mlops.capture.scripts import script_for_model
from jupyter_mlops.operations import follow, targets, verbs
from jupyter_mlops.operations.deployment import ImageParts, Request
from jupyter_mlops.records import CapturedScript, ModelRecord, OperationRecord, Provenance
from jupyter_mlops.registry import locks, models, scripts, services
from jupyter_mlops.storage import Store, create_store

ROWS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]])
ORIGIN = Provenance(user="ada", host=socket.gethostname(), python="3.11.7")


@dataclass
class House:
    """A store, and short words for what the tests do with it."""

    store: Store
    folder: Path

    def model(self, slope: float = 1.0) -> ModelRecord:
        """The next version of a linear model whose first coefficient is `slope`."""
        folder = self.folder / f"model-{slope}"
        folder.mkdir(exist_ok=True)
        regressor = LinearRegression().fit(ROWS, ROWS @ np.array([slope, 1.0]))
        captured = capture_model(regressor, folder, name="linear", sample=ROWS)
        return models.register(self.store, "linear", captured, provenance=ORIGIN)

    def parts(self, model: ModelRecord) -> ImageParts:
        """The model with the script that its framework brings."""
        folder = self.folder / "script"
        folder.mkdir(exist_ok=True)
        captured = script_for_model(model.flavor, model.name, model.signature, folder)
        return self._saved(captured, model)

    def written(self, source: str, model: ModelRecord, sample: str | None = None) -> ImageParts:
        """The model with a script of the test's own."""
        folder = self.folder / "written"
        folder.mkdir(exist_ok=True)
        (folder / "score.py").write_text(source)
        captured = CapturedScript(
            folder=str(folder), entry_script="score.py", models=(model.id,), imports=(), sample_input=sample
        )
        return self._saved(captured, model)

    def _saved(self, captured: CapturedScript, model: ModelRecord) -> ImageParts:
        record = scripts.save(self.store, "score", captured, proof=None, provenance=ORIGIN)
        lock = lock_kernel(captured.imports, model.requirements, wheels=None)
        return ImageParts(models=(model.id,), script=record.digest, lock=locks.save(self.store, lock))

    def request(self, parts: ImageParts, **changes: object) -> Request:
        known = Request(service="linear", parts=parts, interpreter=sys.executable, provenance=ORIGIN)
        return replace(known, **changes)  # type: ignore[arg-type]

    def deploy(self, parts: ImageParts, **changes: object) -> OperationRecord:
        """Deploy and wait; raises what the operation raised."""
        return follow.wait(self.store, verbs.deploy(self.store, self.request(parts, **changes)).id, timeout=120)

    def ask(self, rows: np.ndarray = ROWS) -> list[float]:
        """The scores that come over the wire."""
        service = services.get(self.store, "linear")
        target = targets.target_for(self.store, service)
        uri = target.status("linear").scoring_uri
        assert uri is not None
        key = target.keys("linear")[0]
        answer = httpx.post(uri, json={"data": rows.tolist()}, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        answer.raise_for_status()
        return list(answer.json())


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("JUPYTER_MLOPS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("JUPYTER_MLOPS_WORKSPACE", str(tmp_path / "workspace"))
    (tmp_path / "notebook").mkdir()
    with create_store(tmp_path / "workspace") as store:
        yield House(store, tmp_path / "notebook")
        for service in services.search(store):
            targets.target_for(store, service).delete(service.name)
