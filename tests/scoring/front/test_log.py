"""The log as a file: it does not grow for ever, and the writer's descriptor stays good."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_mlops.scoring.front import log as module
from jupyter_mlops.scoring.front.log import Log
from tests.scoring.front.conftest import Start


def test_a_log_that_has_grown_is_copied_and_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROTATE_BYTES", 1000)
    file = tmp_path / "service.log"
    target = os.open(file, os.O_WRONLY | os.O_CREAT)  # not for appending: as a shell's `> FILE`
    log = Log(target=target, file=file)
    for number in range(100):
        log.info(f"line {number:03d} {'x' * 100}")
    log.close()
    os.close(target)

    before = tmp_path / "service.log.1"
    assert file.stat().st_size < 1000
    assert 1000 <= before.stat().st_size < 1200
    kept = (before.read_text() + file.read_text()).splitlines()
    numbers = [int(line.partition("line ")[2][:3]) for line in kept]
    assert numbers == list(range(numbers[0], 100))  # nothing is lost between the two, and no hole of zeros


def test_a_front_rotates_the_file_that_its_launcher_names(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "front0" / "log"  # what `start` gives the front as its output
    front = start(env={"JUPYTER_MLOPS_LOG_FILE": str(file)})
    os.truncate(file, module.ROTATE_BYTES)
    assert front.post({"n": 1}).status_code == 200
    before = file.with_name("log.1")
    front.stop()
    assert before.stat().st_size > module.ROTATE_BYTES
    assert "init ran" in before.read_bytes().strip(b"\0").decode()
    assert file.stat().st_size < 10_000
