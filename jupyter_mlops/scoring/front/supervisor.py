"""Which revision serves, which one is being made ready, and which ones finish what they have.

A crash, an update and a hot reload are one thing: a new pool is made ready, takes the queue over, the old one drains.
No client's connection is touched by any of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.scoring.front.dispatch import Dispatcher
from jupyter_mlops.scoring.front.files import FileWatch
from jupyter_mlops.scoring.front.log import Log
from jupyter_mlops.scoring.front.pool import Pool, PoolEvents
from jupyter_mlops.scoring.front.probe import ProbeJob
from jupyter_mlops.scoring.front.progress import Progress
from jupyter_mlops.scoring.front.revision import Revision
from jupyter_mlops.scoring.front.worker_process import Ready, Worker

__all__ = ["Candidate", "NoCandidateError", "Supervisor"]

_DRAIN_SECONDS = 30.0
_RELOAD_POLL = 0.25


class NoCandidateError(Exception):
    """There is no candidate that could take over."""


class Candidate:
    """A revision on its way."""

    def __init__(self, revision: Revision, pool: Pool, progress: Progress):
        self.revision = revision
        self.pool = pool
        self.progress = progress
        self.task: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        """It can take over."""
        return bool(self.progress.outcome and self.progress.outcome.get("ready"))


class Supervisor:
    """Owns the pools. `switched(pool)` is called when traffic goes to another; `ran`, `restarted` feed the metrics."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        log: Log,
        *,
        switched: Callable[[Pool], None],
        ran: Callable[[list[int]], None],
        restarted: Callable[[], None],
    ):
        self.active: Pool | None = None
        self.candidate: Candidate | None = None
        self.error: dict[str, Any] | None = None
        """Why the last revision that was asked for does not serve."""
        self.reloaded = False
        """The active workers run other files than those the revision came with."""
        self.started = datetime.now(UTC)
        self._dispatcher = dispatcher
        self._log = log
        self._switched = switched
        self._ran = ran
        self._restarted = restarted
        self._tasks: set[asyncio.Task[Any]] = set()
        self._watch: FileWatch | None = None
        self._has_changed = False
        self._is_reloading = False
        self.hopeless = asyncio.Event()
        """Set when the active pool cannot be started any more."""

    # --- candidate → activate → drain

    async def prepare(self, revision: Revision) -> Candidate:
        """Starts a candidate; one of the same revision that is there already is that candidate."""
        current = self.candidate
        if current is not None and current.revision.document == revision.document and not _has_failed(current):
            return current
        await self.discard()
        progress = Progress()
        pool = Pool(revision, self._events(progress))
        candidate = self.candidate = Candidate(revision, pool, progress)
        candidate.task = self._spawn(self._make_ready(candidate))
        pool.start()
        return candidate

    async def discard(self) -> None:
        """Stops the candidate, if there is one."""
        candidate, self.candidate = self.candidate, None
        if candidate is None:
            return
        if not candidate.progress.ended:
            candidate.progress.end({"failed": _failure("discarded", "The candidate was stopped")})
        if candidate.task is not None:
            candidate.task.cancel()
        await candidate.pool.drain(0)

    def activate(self) -> Revision:
        """Gives the candidate the traffic; the old workers finish what they have. Raises `NoCandidateError`."""
        candidate = self.candidate
        if candidate is None or not candidate.is_ready:
            raise NoCandidateError("There is no candidate that is ready.")
        self.candidate = None
        self._take_over(candidate.pool)
        self.reloaded = bool(candidate.revision.document.get("reloaded"))
        return candidate.revision

    async def start(self, revision: Revision) -> dict[str, Any] | None:
        """Prepares and activates the first revision; None, or why it does not serve (its failure)."""
        candidate = await self.prepare(revision)
        async for _ in candidate.progress.follow():
            pass
        outcome = candidate.progress.outcome or {}
        if outcome.get("ready"):
            if self.candidate is candidate:
                self.activate()
            return None
        return outcome.get("failed") or _failure("crash", "The worker did not start")

    async def stop(self, seconds: float) -> None:
        """Ends all workers; those at work have `seconds` to finish."""
        if self._watch is not None:
            self._watch.close()
        await self.discard()
        pools = [*self._dispatcher.draining, *([self.active] if self.active is not None else [])]
        await asyncio.gather(*(pool.drain(seconds) for pool in pools))
        for task in list(self._tasks):
            task.cancel()

    def about(self) -> Ready | None:
        """What the active script said of itself."""
        worker = self.active.any_ready() if self.active is not None else None
        return worker.about if worker is not None else self._last_about

    _last_about: Ready | None = None

    @property
    def state(self) -> str:
        """In the words of Azure ML v1."""
        if self.active is None:
            return "Failed" if self.error is not None and self.candidate is None else "Transitioning"
        if self.active.is_ready:
            return "Healthy"
        return "Failed" if self.active.is_hopeless else "Unhealthy"

    def status(self) -> dict[str, Any]:
        """For the control door."""
        pool = self.active
        workers = pool.workers if pool is not None else []
        return {
            "state": self.state,
            "revision": pool.revision.revision if pool is not None else None,
            "candidate": self.candidate.revision.revision if self.candidate is not None else None,
            "replicas": pool.revision.workers if pool is not None else 0,
            "workers": [
                {"pid": one.pid, "state": str(one.state), "restarts": pool.restarts if pool else 0} for one in workers
            ],
            "restarts": pool.restarts if pool is not None else 0,
            "template": pool.template.pid if pool is not None and pool.template is not None else None,
            "reloaded": self.reloaded,
            "error": (pool.error if pool is not None else None) or self.error,
            "started": self.started.isoformat(),
        }

    # --- inside

    def _events(self, progress: Progress) -> PoolEvents:
        return PoolEvents(
            free=self._dispatcher.gather,
            died=self._worker_died,
            ran=self._ran,
            line=self._log.output,
            report=progress.add,
            restarted=self._restarted,
            hopeless=self._is_hopeless,
        )

    async def _make_ready(self, candidate: Candidate) -> None:
        failure = await candidate.pool.first
        if failure is None:
            probe: dict[str, Any] | None = None
            rows: dict[str, Any] | None = None
            worker = candidate.pool.any_ready()
            about = worker.about if worker is not None else None
            if candidate.revision.probe is not None and worker is not None:
                candidate.progress.add({"stage": "probe"})
                (probe,) = await self._ask(candidate, worker, [candidate.revision.probe])
                rows = await self._ask_rows(candidate, worker)
            warnings = [*candidate.pool.warnings, *(about.warnings if about is not None else [])]
            for warning in warnings:
                self._log.warning(warning)
            swagger = about.swagger.get("3") if about is not None else None
            candidate.progress.end(
                {"ready": True, "probe": probe, "rows": rows, "warnings": warnings, "swagger": swagger}
            )
            return
        self.error = failure
        self._log.error(f"the script does not start ({failure.get('where')}): {failure.get('message')}")
        await candidate.pool.drain(0)
        if self.candidate is candidate:
            self.candidate = None
        candidate.progress.end({"failed": failure})

    async def _ask_rows(self, candidate: Candidate, worker: Worker) -> dict[str, Any] | None:
        """What the rows of the sample are answered one by one, and put together; None where there is no batching."""
        rows = candidate.revision.probe_rows
        if not rows or worker.about is None or worker.about.batch_size < len(rows):
            return None
        alone = [(await self._ask(candidate, worker, [row]))[0] for row in rows]
        return {"alone": alone, "together": await self._ask(candidate, worker, rows)}

    async def _ask(self, candidate: Candidate, worker: Worker, bodies: Sequence[str]) -> list[dict[str, Any]]:
        """The answers to requests that nobody sent, given to the worker in one frame."""
        jobs = [ProbeJob(body.encode(), direct=True) for body in bodies]
        about = worker.about
        if about is not None and about.needs_head:
            for job in jobs:
                job.head = job.describe()
        worker.send([*jobs], merged=len(jobs) > 1)
        limit = candidate.revision.limits.scoring_timeout_ms
        await asyncio.wait([job.done for job in jobs], timeout=limit / 1000)
        late = [job for job in jobs if not job.done.done()]
        for job in late:
            job.refused(504, f"Scoring timeout after {limit:g} ms", run_failed=True)
        if late:
            worker.end_stuck()
        return [job.done.result() for job in jobs]

    def _take_over(self, pool: Pool) -> None:
        old, self.active = self.active, pool
        self.error = None
        worker = pool.any_ready()
        self._last_about = worker.about if worker is not None else None
        self._switched(pool)
        self._dispatcher.use(pool)
        if old is not None:
            self._dispatcher.draining.add(old)
            self._spawn(self._drain(old))
        self._watch_sources(pool)
        self._log.info("serving", revision=pool.revision.revision, service=pool.revision.service)

    async def _drain(self, pool: Pool) -> None:
        try:
            await pool.drain(max(_DRAIN_SECONDS, pool.revision.limits.scoring_timeout_ms / 1000))
        finally:
            self._dispatcher.draining.discard(pool)

    def _worker_died(self, worker: Worker) -> None:
        self._dispatcher.died(worker)
        if worker.failure is not None and worker.about is not None:
            self._log.error(f"a worker has died: {worker.failure['message']}", pid=worker.pid, stuck=worker.stuck)

    def _is_hopeless(self, pool: Pool) -> None:
        if pool is self.active:
            self._log.error("the workers do not start any more")
            self.hopeless.set()

    # --- hot reload

    def _watch_sources(self, pool: Pool) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        about = self._last_about
        if pool.revision.hot_reload and about is not None and about.sources:
            self._watch = FileWatch(about.sources, _RELOAD_POLL, self._sources_changed)

    def _sources_changed(self) -> None:
        self._has_changed = True
        if not self._is_reloading:
            self._is_reloading = True
            self._spawn(self._reload())

    async def _reload(self) -> None:
        """One load after the other, until nothing was changed during the last."""
        try:
            while self._has_changed and self.active is not None and (watch := self._watch) is not None:
                self._has_changed, loading = False, watch.marks()
                await self._load_again(self.active)
                self._has_changed |= watch.marks() != loading
        finally:
            self._is_reloading = False

    async def _load_again(self, old: Pool) -> None:
        """A new pool of the same revision; one that fails leaves the old one serving."""
        self._log.info("the script has changed: loading it again")
        pool = Pool(old.revision, self._events(Progress()))
        pool.start()
        failure = await pool.first
        if failure is None and self.active is old:
            self._take_over(pool)
            self.reloaded = True
            return
        await pool.drain(0)
        if failure is not None:
            self.error = failure
            self._log.error(f"the changed script does not start, the one before goes on: {failure.get('message')}")

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _failure(where: str, message: str) -> dict[str, Any]:
    return {"where": where, "message": message, "traceback": "", "exit_code": None, "signal": None, "tail": None}


def _has_failed(candidate: Candidate) -> bool:
    return bool(candidate.progress.outcome and "failed" in candidate.progress.outcome)
