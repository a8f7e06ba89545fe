"""The workers of one revision: started, replaced when they die, drained when another revision takes over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from jupyter_mlops.scoring.front.forked_process import TemplateGoneError
from jupyter_mlops.scoring.front.interpreter import InterpreterError, fallback_interpreter
from jupyter_mlops.scoring.front.revision import Revision
from jupyter_mlops.scoring.front.template import Template, why_not_preload
from jupyter_mlops.scoring.front.worker_process import Worker, WorkerState

__all__ = ["Pool", "PoolEvents"]

_FIRST_DELAY = 0.1
_LONGEST_DELAY = 30.0
_SETTLED = 60.0
"""A worker that served so long was well: its death does not count against the next."""
_TEMPLATE_ENDS = 5.0
_HOPELESS = 5
"""Starts in a row that failed, after which the pool says Failed (and goes on trying, slowly)."""


class PoolEvents:
    """What a pool tells its owner; each is called with the pool first where there could be a doubt."""

    def __init__(
        self,
        *,
        free: Callable[[], None],
        died: Callable[[Worker], None],
        ran: Callable[[list[int]], None],
        line: Callable[[str, int], None],
        report: Callable[[dict[str, Any]], None],
        restarted: Callable[[], None],
        hopeless: Callable[[Pool], None],
    ):
        self.free = free
        self.died = died
        self.ran = ran
        self.line = line
        self.report = report
        self.restarted = restarted
        self.hopeless = hopeless


class Pool:
    """`revision.workers` workers. `first` resolves when all are ready (None), or one cannot start (its failure)."""

    def __init__(self, revision: Revision, events: PoolEvents):
        self.revision = revision
        self.events = events
        self.workers: list[Worker] = []
        self.restarts = 0
        self.error: dict[str, Any] | None = None
        """Why the last worker that could not start could not."""
        self.closing = False
        self.first: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        self._python = revision.python
        self._tried_fallback = False
        self._is_falling_back = False
        self._outdated: set[Worker] = set()
        """Started with the interpreter that was given up, and not yet heard of."""
        self._failures = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = 0
        self._places: dict[Worker, str] = {}
        self._empty = asyncio.Event()
        refusal = why_not_preload(revision)
        self.warnings: list[str] = [refusal] if refusal else []
        """What the revision asks for and does not get."""
        self.template: Template | None = None
        """The process that the workers are forks of, where they are."""
        self._preloads = revision.preload and refusal is None
        self._coming = 0
        """Workers that are being forked."""
        self._template_ended = asyncio.Event()

    # --- what its owner asks

    def start(self) -> None:
        """Starts all workers at once."""
        self.events.report({"stage": "starting"})
        for _ in range(1 if self._preloads else self.revision.workers):
            self._spawn(0.0)

    def free_worker(self) -> Worker | None:
        """A worker that takes a frame now, in turn."""
        workers = self.workers
        for step in range(len(workers)):
            worker = workers[(self._turn + step) % len(workers)]
            if worker.is_free:
                self._turn += step + 1
                return worker
        return None

    def has_free_worker(self) -> bool:
        """Somebody takes a frame now."""
        for worker in self.workers:  # noqa: SIM110 - asked once a request, and a generator costs more
            if worker.is_free:
                return True
        return False

    @property
    def is_ready(self) -> bool:
        """At least one worker serves."""
        return any(worker.state is WorkerState.READY for worker in self.workers)

    @property
    def is_recovering(self) -> bool:
        """No worker serves, but one is coming: what waits may wait for it."""
        return self.first.done() and not self.closing and not self.is_ready and self._failures < _HOPELESS

    @property
    def is_hopeless(self) -> bool:
        """It has failed to start too often in a row."""
        return self._failures >= _HOPELESS

    @property
    def running(self) -> int:
        """Frames at the workers."""
        return sum(worker.link.frames for worker in self.workers)

    def any_ready(self) -> Worker | None:
        """A worker to ask about the script."""
        return next((worker for worker in self.workers if worker.state is WorkerState.READY), None)

    async def drain(self, seconds: float) -> None:
        """Lets the workers finish and go; returns when they are gone."""
        self.closing = True
        for task in self._tasks:
            task.cancel()
        for worker in list(self.workers):
            if worker.state is WorkerState.READY:
                worker.drain(seconds)
            else:
                worker.drain(0)
        if self.workers:
            await self._empty.wait()
        if self.template is not None:  # after the workers, which end with it
            self.template.drain(_TEMPLATE_ENDS if self.template.state is WorkerState.READY else 0)
            await self._template_ended.wait()

    # --- workers

    def _spawn(self, delay: float) -> None:
        task = asyncio.get_running_loop().create_task(self._start_one(delay))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start_one(self, delay: float) -> None:
        if delay:
            await asyncio.sleep(delay)
        if self._preloads and self.template is None:
            await self._start_template()
            return
        if self.template is not None and not self._wants_fork():
            return
        worker = Worker(
            self.revision,
            on_ready=self._worker_ready,
            on_free=self.events.free,
            on_gone=self._worker_gone,
            on_stage=lambda name: self.events.report({"stage": name}),
            on_ran=self.events.ran,
            on_line=self._line,
        )
        worker.attendant = self._free_place()
        if worker.attendant is not None:
            self._places[worker] = worker.attendant
        if self.template is not None:
            worker.forking = self.template.fork
        self._coming += 1
        try:
            await worker.start(self._python)
        except TemplateGoneError:
            return  # the next one forks all that are missing
        except OSError as error:
            self._places.pop(worker, None)
            self._start_failed({"where": "start", "message": f"{self._python}: {error}", "traceback": ""})
            return
        finally:
            self._coming -= 1
        self.workers.append(worker)

    def _free_place(self) -> str | None:
        """The container for one more worker; None where workers are processes beside the front."""
        taken = list(self._places.values())
        return min(self.revision.attendants, key=taken.count, default=None)

    def _line(self, line: str, pid: int) -> None:
        self.events.line(line, pid)
        if not self.first.done():
            self.events.report({"log": line})

    def _worker_ready(self, _: Worker) -> None:
        self.error = None
        ready = sum(1 for one in self.workers if one.state is WorkerState.READY)
        if ready >= self.revision.workers and not self.first.done():
            self.first.set_result(None)
        self.events.free()

    def _worker_gone(self, worker: Worker) -> None:
        if worker in self.workers:
            self.workers.remove(worker)
        self._places.pop(worker, None)
        if not self.workers:
            self._empty.set()
        was_ready = worker.about is not None
        self.events.died(worker)
        if self.closing or (worker.failure is None and was_ready):
            return
        self._empty.clear()
        if not was_ready:
            failure = worker.failure or {}
            if worker in self._outdated:  # it found the interpreter wanting that was given up meanwhile
                self._outdated.discard(worker)
                self._spawn(0.0)
            elif not (self._is_falling_back and failure.get("where") == "lock"):
                self._start_failed(failure)
            return
        if time.monotonic() - worker.started > _SETTLED:
            self._failures = 0
        self._replace()

    def _start_failed(self, failure: dict[str, Any]) -> None:
        self.error = failure
        if failure.get("where") == "lock" and self.revision.fallback and not self._tried_fallback:
            self._tried_fallback = self._is_falling_back = True
            task = asyncio.get_running_loop().create_task(self._fall_back(failure))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        if not self.first.done():
            self.first.set_result(failure)
            return
        self._failures += 1
        if self._failures == _HOPELESS:
            self.events.hopeless(self)
        self._replace()

    # --- the template

    def _wants_fork(self) -> bool:
        """The template can, and there are not enough."""
        ready = self.template is not None and self.template.state is WorkerState.READY
        return ready and len(self.workers) + self._coming < self.revision.workers

    async def _start_template(self) -> None:
        """What it says of its start is what an ordinary worker says; when it is ready it forks them all."""
        self.template = Template(
            self.revision,
            on_ready=self._template_ready,
            on_free=lambda: None,
            on_gone=self._template_gone,
            on_stage=lambda name: self.events.report({"stage": name}),
            on_ran=lambda _: None,
            on_line=self._line,
        )
        self._template_ended.clear()
        try:
            await self.template.start(self._python)
        except OSError as error:
            self.template = None
            self._start_failed({"where": "start", "message": f"{self._python}: {error}", "traceback": ""})

    def _template_ready(self, _template: Worker) -> None:
        for _ in range(self.revision.workers):
            self._spawn(0.0)

    def _template_gone(self, template: Worker) -> None:
        self.template = None
        self._template_ended.set()
        if self.closing:
            return
        if template.about is None:
            self._start_failed(template.failure or {})
            return
        self.events.died(template)
        self._spawn(0.0)  # another one; the workers have ended with this one

    def _replace(self) -> None:
        if not self.first.done() or self.closing:
            return
        self.restarts += 1
        self.events.restarted()
        self._spawn(min(_FIRST_DELAY * 2**self._failures, _LONGEST_DELAY) if self._failures else 0.0)

    async def _fall_back(self, failure: dict[str, Any]) -> None:
        self.events.report({"stage": "environment"})
        try:
            self._python = await fallback_interpreter(self.revision.fallback, lambda line: self._line(line, 0))
        except InterpreterError as error:
            self._start_failed(failure | {"message": f"{failure.get('message', '')}; {error}"})
            return
        finally:
            self._is_falling_back = False
        self._outdated = {worker for worker in self.workers if worker.about is None}
        for _ in range(self.revision.workers - len(self.workers)):
            self._spawn(0.0)
