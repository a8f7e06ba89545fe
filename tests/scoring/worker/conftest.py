from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from driving import Worker


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """`serve(script, **revision)` starts a worker; all are closed at the end of the test."""
    workers: list[Worker] = []

    def start(
        script: str, *, python: str = sys.executable, env: dict[str, str] | None = None, **revision: Any
    ) -> Worker:
        (tmp_path / "score.py").write_text(textwrap.dedent(script))
        worker = Worker(
            {"revision": 1, "app_root": str(tmp_path), "entry_script": "score.py", **revision}, python=python, env=env
        )
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.close()
