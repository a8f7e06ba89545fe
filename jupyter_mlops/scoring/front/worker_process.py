"""One worker: its process, its link, its output, from spawn to exit code."""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

from jupyter_mlops.scoring.front.forked_process import ForkedProcess
from jupyter_mlops.scoring.front.job import Job
from jupyter_mlops.scoring.front.link import Link
from jupyter_mlops.scoring.front.output import OutputReader
from jupyter_mlops.scoring.front.remote_process import RemoteProcess, start_remote
from jupyter_mlops.scoring.front.revision import Revision

__all__ = ["Ready", "Worker", "WorkerState"]

_BOOT = Path(__file__).parents[1] / "worker" / "boot.py"
_SLOT = struct.Struct("<I")
_EXIT_GRACE = 0.3
"""Between the end of the link and the end of the process, and the other way round."""
_TAIL_LINES = 40
_Process = subprocess.Popen[bytes] | RemoteProcess | ForkedProcess
_PRIVATE = ("JUPYTER_MLOPS_KEYS_DIR", "JUPYTER_MLOPS_TLS_KEY")


class WorkerState(StrEnum):
    """What a worker is at."""

    STARTING = "Starting"
    READY = "Ready"
    DRAINING = "Draining"
    GONE = "Gone"


class Ready:
    """What a worker said of itself."""

    def __init__(self, document: dict[str, Any]):
        self.document = document
        self.mode: str = document.get("mode", "string")
        self.needs_head = bool(document.get("needs_head", False))
        self.threads = int(document.get("threads") or 1)
        batch = document.get("batch") or {}
        self.batch_size = int(batch.get("max_size") or 0)
        self.batch_wait_ms = float(batch.get("max_wait_ms") or 0)
        self.swagger: dict[str, Any] = document.get("swagger") or {}
        self.swagger_errors: dict[str, str] = document.get("swagger_errors") or {}
        self.swagger_files: frozenset[str] = frozenset(document.get("swagger_files") or ())
        """The versions whose document is the user's own file."""
        self.warnings: list[str] = document.get("warnings") or []
        self.sources: list[str] = document.get("sources") or []


class Worker:
    """`on_ready` and `on_free` tell the pool; `on_gone(worker)` comes once, last, whatever happened before.

    After that `failure` says why in the words of FAILED, None when it had been asked to go.
    """

    def __init__(
        self,
        revision: Revision,
        *,
        on_ready: Callable[[Worker], None],
        on_free: Callable[[], None],
        on_gone: Callable[[Worker], None],
        on_stage: Callable[[str], None],
        on_ran: Callable[[list[int]], None],
        on_line: Callable[[str, int], None],
    ):
        self.revision = revision
        self.state = WorkerState.STARTING
        self.about: Ready | None = None
        self.failure: dict[str, Any] | None = None
        self.pid = 0
        self.stuck = False
        """It was killed because a run took too long."""
        self.started = time.monotonic()
        self.run_us = 0.0
        """What a run is expected to take, microseconds; 0: not known yet."""
        self._on_ready = on_ready
        self._on_free = on_free
        self._on_gone = on_gone
        self._on_stage = on_stage
        self._on_ran = on_ran
        self._on_line = on_line
        self._loop = asyncio.get_running_loop()
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._process: _Process | None = None
        self.attendant: str | None = None
        """The socket of the container that it runs in; None: it is a process beside the front."""
        self.forking: Callable[[tuple[int, int, int]], Awaitable[ForkedProcess]] | None = None
        """How its template forks it; None: it loads the script itself."""
        self._returncode: int | None = None
        self._linked = False
        self._init_timer: asyncio.TimerHandle | None = None
        self._slots: mmap.mmap | None = None
        self.link = Link(self)

    # --- from spawn to exit

    async def start(self, python: str) -> None:
        """Spawns the process and configures it; `on_ready` or `on_gone` follows. Raises OSError."""
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        slots = self._make_slots()
        try:
            for end in (ours, theirs):
                _widen(end)
            self._process = await self._spawned(python, (theirs.fileno(), slots, writing))
        except BaseException:
            ours.close()
            os.close(reading)
            raise
        finally:
            theirs.close()
            os.close(writing)
            os.close(slots)
        self.pid = self._process.pid
        self._output = OutputReader(self._loop, reading, self._line)
        ours.setblocking(False)
        self._linked = True
        try:
            await self._loop.create_unix_connection(lambda: self.link, sock=ours)
        except BaseException:
            self._linked = False
            raise
        finally:  # not before: one that ends at once would be gone before it was there
            exit_waiter = threading.Thread(target=self._await_exit, args=(self._process,), daemon=True)
            exit_waiter.name = f"worker-{self.pid}"
            exit_waiter.start()
        self.link.configure(json.dumps(self.revision.document).encode())
        self._init_timer = self._loop.call_later(self.revision.limits.init_timeout_s, self._init_timeout)

    async def _spawned(self, python: str, files: tuple[int, int, int]) -> _Process:
        """The process with these open files: link, slots, output."""
        if self.attendant is not None:
            return await start_remote(self.attendant, files, self.revision.environment)
        if self.forking is not None:
            return await self.forking(files)
        return self._popen(python, files)

    def _popen(self, python: str, files: tuple[int, int, int], *more: str | int) -> subprocess.Popen[bytes]:
        """Numbers among `more` are open files, too."""
        link, slots, output = files
        return subprocess.Popen(
            [python, "-I", str(_BOOT), "--fd", str(link), "--slots-fd", str(slots), *map(str, more)],
            pass_fds=(link, slots, *(each for each in more if isinstance(each, int))),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=self._environment(),
            start_new_session=True,  # so that what it starts can be ended with it, and ^C is the front's alone
        )

    @property
    def usage_elsewhere(self) -> tuple[str, tuple[float, float]] | None:
        """The name of a worker of another container, and the memory and CPU time that it was last told to use."""
        process = self._process
        if not isinstance(process, RemoteProcess) or (usage := process.usage) is None:  # a thread of its own sets it
            return None
        return f"worker-{process.name}", usage

    def drain(self, seconds: float) -> None:
        """Asks it to finish what it has and to go; killed after `seconds`."""
        if self.state is WorkerState.GONE:
            return
        self.state = WorkerState.DRAINING
        self.link.close()
        self._loop.call_later(seconds, self.kill)

    def kill(self) -> None:
        """Ends it and what it started, now."""
        if isinstance(self._process, RemoteProcess | ForkedProcess):
            self._process.kill()
        elif self._process is not None and self._returncode is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            except PermissionError:  # macOS says so of a group whose leader is a zombie
                self._process.kill()

    # --- work

    @property
    def is_free(self) -> bool:
        """It takes another frame."""
        about = self.about
        return (
            self.state is WorkerState.READY
            and about is not None
            and self.link.frames < about.threads
            and not self.stuck
        )

    def running(self) -> set[int]:
        """The numbers of the jobs that its threads run at this moment, as far as it says so."""
        if self._slots is None:
            return set()
        values = (_SLOT.unpack_from(self._slots, at)[0] for at in range(0, len(self._slots), _SLOT.size))
        return {value - 1 for value in values if value}

    def send(self, jobs: list[Job], *, merged: bool) -> None:
        """One frame of jobs; `merged`: the worker may run them as one."""
        for job in jobs:
            job.worker = self
        self.link.send(jobs, merged=merged)

    def cancel(self, job: Job) -> None:
        """Nobody waits for it. What runs goes on, unless it streams: its answer is dropped."""
        if job.begun or job.number not in self.running():
            self.link.cancel(job)

    def pause(self, job: Job) -> None:
        """The client of a stream cannot follow."""
        self.link.pause(job)

    def resume(self, job: Job) -> None:
        """It has caught up."""
        self.link.resume(job)

    def late(self, now: float, limit: float) -> list[Job] | None:
        """None while all is in time; else the jobs whose run has taken longer than `limit` seconds."""
        link = self.link
        if not link.jobs or link.is_paused or self.stuck:
            return None
        if self.about is not None and self.about.threads > 1:
            return [job for job in link.jobs.values() if job.batch and now - job.batch.sent >= limit] or None
        first = next(iter(link.jobs.values()))
        since = max(link.heard, first.batch.sent if first.batch else 0.0)
        if now - since < limit:
            return None
        if first.batch is not None and first.batch.merged:
            return [job for job in link.jobs.values() if job.batch is first.batch]
        running = self.running()
        return [link.jobs[number] for number in running if number in link.jobs] if running else [first]

    def end_stuck(self) -> None:
        """Kills it because a run took too long."""
        self.stuck = True
        self.kill()

    def epitaph(self) -> str:
        """For the client whose request it took with it."""
        code = self._returncode
        if code is not None and code < 0:
            return f"The scoring process was ended by {signal.Signals(-code).name} while it ran this request."
        return f"The scoring process exited with code {code} while it ran this request."

    # --- what the link says

    def ready(self, document: bytes) -> None:
        """init() is through."""
        if self._init_timer is not None:
            self._init_timer.cancel()
        self._output.take()  # what init() printed comes before the news that it is through
        self.about = Ready(json.loads(document))
        if self.state is WorkerState.STARTING:
            self.state = WorkerState.READY
            self._on_ready(self)

    def failed(self, document: bytes) -> None:
        """It says why it goes."""
        self.failure = json.loads(document)

    def stage(self, name: str) -> None:
        """It says what it is doing."""
        self._on_stage(name)

    def freed(self) -> None:
        """A frame was answered."""
        self._on_free()

    def ran(self, microseconds: list[int]) -> None:
        """Times of runs: one that was held up by the machine moves the estimate by little, a trend moves it soon."""
        known = self.run_us or float(microseconds[0] or 1)
        mean = sum(microseconds) / len(microseconds)
        self.run_us = known + (min(mean, 4 * known) - known) / 16
        self._on_ran(microseconds)

    def unlinked(self) -> None:
        """The link has ended; the process should be ending too."""
        self._linked = False
        if self._returncode is None:
            self._loop.call_later(_EXIT_GRACE if self.state is not WorkerState.DRAINING else 30, self.kill)
        else:
            self._gone()

    # --- its end

    def _await_exit(self, process: _Process) -> None:
        """A thread: there is no portable way to be told by the event loop."""
        code = process.wait()
        try:
            self._loop.call_soon_threadsafe(self._exited, code)
        except RuntimeError:
            return  # the loop has gone first: the front is ending

    def _exited(self, code: int) -> None:
        self._returncode = code
        if self._linked:  # its last frames may still be on their way, or a child of its own holds the socket
            self._loop.call_later(_EXIT_GRACE, self._gone)
        else:
            self._gone()

    def _gone(self) -> None:
        if self.state is WorkerState.GONE:
            return
        asked = self.state is WorkerState.DRAINING
        was_ready = self.about is not None
        self.state = WorkerState.GONE
        if self._init_timer is not None:
            self._init_timer.cancel()
        self._output.close()
        if not asked or not was_ready:
            self.failure = self._explain()
        self._on_gone(self)
        self.link.close()
        if self._slots is not None:
            self._slots.close()
            self._slots = None

    def _explain(self) -> dict[str, Any]:
        code = self._returncode
        name = signal.Signals(-code).name if code is not None and code < 0 else None
        report = dict(self.failure or {})
        report.setdefault("where", "crash")
        report.setdefault("message", f"The worker ended by {name}" if name else f"The worker exited with code {code}")
        report.setdefault("traceback", "")
        report["exit_code"] = report.get("exit_code") or code
        report["signal"] = report.get("signal") or name
        report["tail"] = report.get("tail") or "\n".join(self._tail) or None
        return report

    def _init_timeout(self) -> None:
        if self.state is WorkerState.STARTING:
            seconds = self.revision.limits.init_timeout_s
            message = f"init() did not end within {seconds:g} s"
            self.failure = {"where": "init timeout", "message": message, "traceback": ""}
            self.kill()

    # --- its surroundings

    def _line(self, line: str) -> None:
        self._tail.append(line)
        self._on_line(line, self.pid)

    def _make_slots(self) -> int:
        size = _SLOT.size * self.revision.threads
        with tempfile.TemporaryFile() as file:
            file.truncate(size)
            self._slots = mmap.mmap(file.fileno(), size)
            return os.dup(file.fileno())

    def _environment(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if key not in _PRIVATE}
        return inherited | self.revision.environment


def _widen(end: socket.socket) -> None:
    """More room than the default, so that a group of answers is one system call."""
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        end.setsockopt(socket.SOL_SOCKET, option, 1 << 20)
