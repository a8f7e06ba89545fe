"""Requests that wait, and which of them go to which worker when.

* Requests go in the order they came. While a worker is busy, what comes is gathered and goes to it as one frame:
  no timer, one connection waits for nothing. A worker that was idle is given up to three turns of the event loop,
  as long as each brings more requests.
* A frame holds one request, or as many as the worker merges into one run (batching), or as many short ones as take
  a few milliseconds together: then the system calls are shared, and nobody notices.
* At most `limits.concurrency` frames run. Who has waited for `limits.wait_ms` (and the batch timer, where there is
  one) is refused with 503; while a worker that died is being replaced, patience is longer, and begins anew after it.
* A run that takes longer than `limits.scoring_timeout_ms` is answered 504, and its worker is killed.
* When a worker dies, what it ran is refused with 500, everything else that it had goes back to the front of the queue.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from jupyter_mlops.scoring.front.job import Job
from jupyter_mlops.scoring.front.pool import Pool
from jupyter_mlops.scoring.front.worker_process import Worker

__all__ = ["Dispatcher"]

_TURNS = 3
_GROUP_US = 4000.0
_GROUP_MOST = 64
_GROUP_BYTES = 1 << 20
_RECOVERY_SECONDS = 10.0
_TICK = 0.02


class Dispatcher:
    """The queue between the connections and the workers of the active pool.

    `dispatched(jobs, now)` is called with each frame, for the metrics.
    """

    def __init__(
        self,
        dispatched: Callable[[list[Job], float], None],
        clock: Callable[[], float] = time.monotonic,
        most_waiting: int = 16384,
    ):
        self.waiting: deque[Job] = deque()
        self.pool: Pool | None = None
        self.draining: set[Pool] = set()
        """Pools that finish what they have; their deadlines are kept too."""
        self._dispatched = dispatched
        self._clock = clock
        self._most_waiting = most_waiting
        self._loop = asyncio.get_running_loop()
        self._gathering = False
        self._turns = 0
        self._seen = 0
        self._hold: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._recovering = 0.0
        """When a worker that died was last seen to be missing."""

    # --- jobs in

    def submit(self, job: Job) -> None:
        """Takes a job; it is answered or refused in time."""
        if len(self.waiting) >= self._most_waiting:
            job.refused(503, "Too many requests are waiting.")
            return
        self.waiting.append(job)
        if not self._gathering:
            self.gather()
        if self._watch is None:
            self._watch = self._loop.call_later(_TICK, self._tick)

    def use(self, pool: Pool) -> None:
        """From now on jobs go to this pool."""
        self.pool = pool
        self.gather()

    def gather(self) -> None:
        """A worker may be free, or a job may have come: sends soon, together with what comes meanwhile."""
        if self._gathering or not self.waiting or self.pool is None or not self.pool.has_free_worker():
            return
        self._gathering = True
        self._turns = 0
        self._seen = len(self.waiting)
        self._loop.call_soon(self._gather_turn)

    def withdraw(self, job: Job) -> None:
        """Its client has gone."""
        job.over = True
        if job.worker is not None:
            job.worker.cancel(job)

    @property
    def is_idle(self) -> bool:
        """Nothing waits and nothing runs."""
        return not any(not job.over for job in self.waiting) and not any(pool.running for pool in self._pools())

    # --- jobs out

    def _gather_turn(self) -> None:
        waiting = len(self.waiting)
        self._turns += 1
        if self._turns < _TURNS and waiting > self._seen:
            self._seen = waiting
            self._loop.call_soon(self._gather_turn)
            return
        self._gathering = False
        self._pump()

    def _pump(self) -> None:
        pool, waiting = self.pool, self.waiting
        if pool is None:
            return
        most_running = pool.revision.limits.concurrency
        while waiting:
            if waiting[0].over:
                waiting.popleft()
                continue
            if most_running is not None and pool.running >= most_running:
                return
            worker = pool.free_worker()
            if worker is None or self._holds_for_more(worker):
                return
            self._send(worker)

    def _send(self, worker: Worker) -> None:
        about = worker.about
        assert about is not None
        merged = about.batch_size > 1
        jobs = self._take(about.batch_size if merged else self._group_size(worker))
        if not jobs:
            return
        if about.needs_head:
            for job in jobs:
                job.head = job.describe()
        else:
            for job in jobs:
                if job.wants_head:
                    job.head = job.describe()
        self._dispatched(jobs, self._clock())
        worker.send(jobs, merged=merged)

    def _group_size(self, worker: Worker) -> int:
        if not worker.run_us or worker.about is None or worker.about.threads > 1:
            return 1
        share = len(self.waiting) // worker.revision.workers
        return max(1, min(int(_GROUP_US / worker.run_us), _GROUP_MOST, share))

    def _take(self, most: int) -> list[Job]:
        jobs: list[Job] = []
        size = 0
        waiting = self.waiting
        while waiting and len(jobs) < most and size < _GROUP_BYTES:
            job = waiting[0]
            if job.alone and jobs:
                break
            waiting.popleft()
            if job.over:
                continue
            jobs.append(job)
            size += len(job.body)
            if job.alone:
                break
        return jobs

    def _holds_for_more(self, worker: Worker) -> bool:
        """Whether a batch that is not full is held back: only where the service asked for a timer."""
        about = worker.about
        if about is None or about.batch_size < 2 or not about.batch_wait_ms:
            return False
        if self._hold is not None:
            self._hold.cancel()
            self._hold = None
        if len(self.waiting) >= about.batch_size or self.waiting[0].alone:
            return False
        left = self.waiting[0].arrived + about.batch_wait_ms / 1000 - self._clock()
        if left <= 0.0005:
            return False
        self._hold = self._loop.call_later(left, self._pump)
        return True

    # --- deadlines

    def _pools(self) -> list[Pool]:
        return [*self.draining, self.pool] if self.pool is not None else list(self.draining)

    def _tick(self) -> None:
        now = self._clock()
        self._watch = None
        self._refuse_the_patient(now)
        for pool in self._pools():
            limits = pool.revision.limits
            for worker in list(pool.workers):
                self._end_if_late(worker, now, limits.scoring_timeout_ms)
                self._free_the_stranded(worker, now, limits.wait_ms)
        if self.waiting or any(worker.link.jobs for pool in self._pools() for worker in pool.workers):
            self._watch = self._loop.call_later(_TICK, self._tick)

    def _refuse_the_patient(self, now: float) -> None:
        pool = self.pool
        patience = 0.5 if pool is None else (pool.revision.limits.wait_ms + _batch_wait_ms(pool)) / 1000
        since = self._recovering
        if pool is not None and pool.is_recovering:
            self._recovering = now
            since = 0.0
            patience = max(patience, _RECOVERY_SECONDS)
        waiting = self.waiting
        while waiting and (waiting[0].over or now - max(waiting[0].arrived, since) > patience):
            job = waiting.popleft()
            if not job.over:
                job.refused(503, self._why_busy(pool))

    def _why_busy(self, pool: Pool | None) -> str:
        if pool is None or not pool.is_ready:
            return "The service is starting." if pool is None or not pool.is_hopeless else "The service cannot start."
        return f"All workers have been busy for {pool.revision.limits.wait_ms:g} ms."

    def _end_if_late(self, worker: Worker, now: float, limit_ms: float) -> None:
        late = worker.late(now, limit_ms / 1000)
        if late is None:
            return
        for job in late:
            worker.link.jobs.pop(job.number, None)
            job.refused(504, f"Scoring timeout after {limit_ms:g} ms", run_failed=True)
        worker.end_stuck()

    def _free_the_stranded(self, worker: Worker, now: float, wait_ms: float) -> None:
        """Requests that went in one frame with a run that turned out long wait as any other does."""
        jobs = worker.link.jobs
        if len(jobs) < 2 or now - max(next(iter(jobs.values())).arrived, self._recovering) < wait_ms / 1000:
            return
        running = worker.running()
        if not running:
            return
        for job in list(jobs.values()):
            batch = job.batch
            is_waiting = job.number not in running and batch is not None and not batch.merged and not job.begun
            if is_waiting and now - max(job.arrived, self._recovering) > wait_ms / 1000:
                worker.link.cancel(job)
                job.refused(503, self._why_busy(self.pool))

    # --- a worker's death

    def died(self, worker: Worker) -> None:
        """Blames what it was running, and puts the rest back."""
        jobs = list(worker.link.jobs.values())
        worker.link.jobs.clear()
        running = worker.running()
        blamed = [job for job in jobs if job.number in running]
        again: list[Job] = []
        for job in jobs:
            if job.over:
                continue
            if self._is_lost(job, blamed, alone=len(jobs) == 1):
                job.refused(500, worker.epitaph(), run_failed=True)
                continue
            job.alone = not worker.stuck and (not blamed or _ran_with(job, blamed))
            job.worker = job.batch = None
            again.append(job)
        for job in reversed(again):
            self.waiting.appendleft(job)
        if again:
            self.gather()
            if self._watch is None:
                self._watch = self._loop.call_later(_TICK, self._tick)

    def _is_lost(self, job: Job, blamed: list[Job], *, alone: bool) -> bool:
        if job.begun or job.direct:
            return True
        if job in blamed:
            return alone or not _merged(job)
        return job.alone and alone


def _batch_wait_ms(pool: Pool) -> float:
    """What a request may wait for others, not for a worker."""
    worker = pool.any_ready()
    return worker.about.batch_wait_ms if worker is not None and worker.about is not None else 0.0


def _merged(job: Job) -> bool:
    return job.batch is not None and job.batch.merged


def _ran_with(job: Job, blamed: list[Job]) -> bool:
    """It was part of a run that may have killed the worker."""
    return _merged(job) and any(one.batch is job.batch for one in blamed)
