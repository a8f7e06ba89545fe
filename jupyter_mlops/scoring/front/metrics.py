"""Numbers of the service in Prometheus' format.

    mlops_requests_total{service, model, route, status}          answers, probes not counted
    mlops_request_duration_seconds{service, model}               histogram: from the head to the answer, /score
    mlops_run_duration_seconds{service, model}                   histogram: run() alone, as the worker measured it
    mlops_queue_duration_seconds{service, model}                 histogram: waiting for a worker
    mlops_batch_size{service, model}                             histogram: requests sent to a worker together
    mlops_requests_in_flight, mlops_requests_waiting             gauges
    mlops_worker_restarts_total, mlops_workers{state}
    mlops_connections                                            gauge: open client connections
    mlops_log_lines_dropped_total
    mlops_process_resident_memory_bytes, mlops_process_cpu_seconds_total
        {process="front" | "worker-PID" | "worker-REPLICA-PID" in another container, once a second}
    process_start_time_seconds                                   seconds since 1970: these counters began then
    mlops_service_info{service, model, revision, service_version}   always 1

Counting is a few list operations a request; prometheus_client writes the text when somebody asks. One process counts
for all workers, so there is nothing to add up.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate

__all__ = ["Gauges", "Histogram", "Metrics", "Traffic"]

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


class Histogram:
    """Counts by bucket."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]):
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """One more."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Cumulative, as Prometheus has them."""
        names = [f"{bound:g}" if bound != int(bound) else f"{bound:.1f}" for bound in self.bounds]
        return list(zip([*names, "+Inf"], map(float, accumulate(self.counts)), strict=True))


class Traffic:
    """What one set of models of the service has done."""

    __slots__ = ("batches", "queue", "requests", "run", "scored", "scores")

    def __init__(self) -> None:
        self.requests: dict[tuple[str, int], int] = {}
        self.scores: dict[int, int] = {}
        """Answers of `/score` by status."""
        self.scored = Histogram(_SECONDS)
        self.run = Histogram(_SECONDS)
        self.queue = Histogram(_SECONDS)
        self.batches = Histogram(_SIZES)

    def scored_one(self, status: int, seconds: float) -> None:
        """A request to `/score` was answered."""
        scores = self.scores
        try:
            scores[status] += 1
        except KeyError:
            scores[status] = 1
        scored = self.scored
        scored.counts[bisect_left(scored.bounds, seconds)] += 1
        scored.total += seconds

    def ran(self, microseconds: list[int]) -> None:
        """So long took the runs of a frame."""
        run = self.run
        counts, bounds = run.counts, run.bounds
        for one in microseconds:
            counts[bisect_left(bounds, one / 1_000_000)] += 1
        run.total += sum(microseconds) / 1_000_000

    def dispatched(self, waited: list[float]) -> None:
        """A frame of requests that waited so long has gone to a worker."""
        self.batches.observe(len(waited))
        queue = self.queue
        counts, bounds = queue.counts, queue.bounds
        for one in waited:
            counts[bisect_left(bounds, one)] += 1
        queue.total += sum(waited)

    def count(self, route: str, status: int) -> None:
        """An answer was given."""
        key = (route, status)
        self.requests[key] = self.requests.get(key, 0) + 1


class Gauges:
    """What is looked up when somebody asks; each is a function."""

    def __init__(
        self,
        *,
        waiting: Callable[[], int],
        in_flight: Callable[[], int],
        connections: Callable[[], int],
        workers: Callable[[], dict[str, int]],
        pids: Callable[[], list[int]],
        elsewhere: Callable[[], dict[str, tuple[float, float]]],
        dropped_lines: Callable[[], int],
    ):
        self.waiting = waiting
        self.in_flight = in_flight
        self.connections = connections
        self.workers = workers
        self.pids = pids
        self.elsewhere = elsewhere
        """Of workers in other containers: resident bytes and CPU seconds, by name."""
        self.dropped_lines = dropped_lines


class Metrics:
    """All numbers of a front. `traffic` is that of the models that serve now."""

    def __init__(self, gauges: Gauges):
        self.started = time.time()
        """When counting began."""
        self.restarts = 0
        self.gauges = gauges
        self.serving = ("", "", "", "")
        """Service, model, revision, version of the service."""
        self.by_models: dict[tuple[str, str], Traffic] = {}
        """By service and model."""
        self.traffic = Traffic()

    def serve(self, service: str, model: str, revision: str, service_version: str) -> None:
        """From now on these models answer; what others counted stays."""
        self.serving = (service, model, revision, service_version)
        first = not self.by_models
        if first and (self.traffic.requests or self.traffic.scores):
            self.by_models[service, model] = self.traffic  # what came before the first revision was ready
        self.traffic = self.by_models.setdefault((service, model), self.traffic if first else Traffic())

    def render(self) -> bytes:
        """The text of `/metrics`."""
        from jupyter_mlops.scoring.front.exposition import render  # 16 ms that the start can do without

        return render(self)
