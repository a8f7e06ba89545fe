"""What a test run leaves running is named and ended, however the run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
LEAVES_A_SERVICE = """
import subprocess, sys, time

def test_it(tmp_path):
    service = subprocess.Popen(
        [sys.executable, "-c", "import jupyter_mlops, time; time.sleep(600)"], cwd=tmp_path, start_new_session=True
    )
    print("service", service.pid, flush=True)
    while {waits}:
        time.sleep(0.05)
"""


def run(folder: Path, *, waits: bool) -> subprocess.Popen[str]:
    (folder / "test_it.py").write_text(LEAVES_A_SERVICE.format(waits=waits))
    options = ["-c", os.devnull, "-p", "tests.fixtures.leftovers", "-p", "no:cacheprovider", "-W", "ignore", "-s"]
    command = [sys.executable, "-m", "pytest", *options, "--basetemp", str(folder / "run"), str(folder / "test_it.py")]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_MLOPS_TEST_GRACE": "0.5"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings, cwd=folder)


def service_of(started: subprocess.Popen[str]) -> int:
    assert started.stdout is not None
    return next(int(line.split()[-1]) for line in started.stdout if "service " in line)


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_run_that_left_a_service_fails_and_names_it(tmp_path: Path) -> None:
    with run(tmp_path, waits=False) as started:
        service = service_of(started)
        assert started.stdout is not None
        told = started.stdout.read()
    assert started.returncode == 1
    assert "1 passed" in told
    assert "left running, and ended now" in told
    assert f"{service} in {tmp_path}/run/test_it0" in told
    assert not runs(service)


def test_the_services_of_a_run_that_is_cut_off_end(tmp_path: Path) -> None:
    with run(tmp_path, waits=True) as started:
        service = service_of(started)
        assert runs(service)
        started.send_signal(signal.SIGKILL)
    while runs(service):
        time.sleep(0.02)
