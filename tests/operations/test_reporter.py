"""What a runner tells of itself."""

from __future__ import annotations

import time

from jupyter_mlops.operations.reporter import Reporter
from jupyter_mlops.registry import events
from tests.operations.conftest import House
from tests.operations.test_liveness import begun


def test_progress_is_told_as_often_as_a_person_can_read_it(house: House) -> None:
    record = begun(house)
    reporter = Reporter(house.store, record.id)
    reporter.stage("start")
    started = time.monotonic()
    for step in range(1000):
        reporter.fraction((step + 1) / 1000)
    seconds = time.monotonic() - started
    told = [
        event.data["progress"]
        for event in events.since(house.store, 0, subject=f"operation/{record.id}")
        if event.kind == "progress"
    ]
    assert told[0] == 0.001
    assert told[-1] == 1.0
    assert told == sorted(told)
    assert len(told) <= 2 + seconds / 0.2
