"""The front on asyncio's own event loop, where uvloop cannot be imported."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.load import Load
from tests.scoring.front.conftest import ECHO, KEY, RunningFront, Start

STREAM = "def init(): pass\ndef run(data): return (str(n) * 100_000 for n in range(int(data)))\n"


@pytest.fixture
def without_uvloop(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "first on the path"
    folder.mkdir()
    (folder / "uvloop.py").write_text(
        "from pathlib import Path\nPath(__file__).with_name('asked for').touch()\nraise ImportError('kept away')\n"
    )
    return {"PYTHONPATH": str(folder)}


def was_asked_for(without_uvloop: dict[str, str]) -> bool:
    return Path(without_uvloop["PYTHONPATH"], "asked for").exists()


def load(front: RunningFront) -> Load:
    return Load("127.0.0.1", front.port, key=KEY, rate=200)


def test_requests_without_uvloop(start: Start, without_uvloop: dict[str, str]) -> None:
    front = start(ECHO, env=without_uvloop)
    assert was_asked_for(without_uvloop)
    assert front.post({"n": 1}).json()["echo"] == {"n": 1}
    assert front.http.get("/score?a=1").json()["echo"] == {"a": 1}
    assert front.post({"raise": "boom"}).status_code == 500
    assert front.http.get("/healthz/ready").status_code == 200
    assert "mlops_requests_total" in front.http.get("/metrics").text
    assert len(front.post("x" * 3_000_000).json()["echo"]) == 3_000_000
    one = f"POST /score HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nContent-Length: 2\r\n\r\n{{}}"
    got = front.raw((one * 3).encode(), shut=True)
    assert got.count(b"HTTP/1.1 200") == 3
    assert front.raw(b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_a_stream_without_uvloop(start: Start, without_uvloop: dict[str, str]) -> None:
    front = start(STREAM, env=without_uvloop)
    with front.http.stream("POST", "/score", content="20") as answer:
        assert sum(map(len, answer.iter_raw())) > 2_000_000


def test_death_and_drain_without_uvloop(start: Start, without_uvloop: dict[str, str]) -> None:
    front = start(ECHO, "--workers", "2", "--wait-ms", "30000", env=without_uvloop)
    with load(front) as running:
        running.wait_for(50)
        os.kill(front.wait()["workers"][0]["pid"], signal.SIGKILL)
        running.wait_for(50)
    assert running.report.lost <= 1, running.report
    front.until(lambda status: len(status["workers"]) == 2)
    assert front.stop() == 0
    assert "Traceback" not in front.log()
