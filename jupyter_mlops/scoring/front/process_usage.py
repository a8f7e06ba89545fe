"""Memory and CPU time of the front and its workers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

__all__ = ["usage"]


def usage(pids: Iterable[int]) -> dict[str, tuple[float, float]]:
    """`front` and `worker-PID` → (resident bytes, CPU seconds). A process that has just gone is left out."""
    named = {"front": os.getpid(), **{f"worker-{pid}": pid for pid in pids}}
    read = _from_proc if sys.platform == "linux" else _from_ps
    found = {name: read(pid) for name, pid in named.items()}
    return {name: value for name, value in found.items() if value is not None}


def _from_proc(pid: int) -> tuple[float, float] | None:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        # the second field, the name, may hold anything but ends with the last parenthesis
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, IndexError):
        return None
    ticks = int(fields[11]) + int(fields[12])
    return float(pages * os.sysconf("SC_PAGE_SIZE")), ticks / os.sysconf("SC_CLK_TCK")


def _from_ps(pid: int) -> tuple[float, float] | None:
    command = ["ps", "-o", "rss=,time=", "-p", str(pid)]
    words = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    if len(words) != 2:
        return None
    seconds = 0.0
    for part in words[1].replace("-", ":").split(":"):
        seconds = seconds * 60 + float(part)
    return float(words[0]) * 1024, seconds
