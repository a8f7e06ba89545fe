"""What happened between two readings of `/metrics`: rates, errors, latency quantiles. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf, isnan

from jupyter_mlops.telemetry.scrape import Labels, Scrape

__all__ = ["METRICS", "MetricNames", "Window", "between", "quantile"]


@dataclass(frozen=True)
class MetricNames:
    """How the scoring server spells what is read here."""

    requests: str = "mlops_requests_total"
    status_label: str = "status"
    route_label: str = "route"
    scoring_route: str = "/score"
    request_seconds: str = "mlops_request_duration_seconds"
    run_seconds: str = "mlops_run_duration_seconds"
    in_flight: str = "mlops_requests_in_flight"
    waiting: str = "mlops_requests_waiting"
    restarts: str = "mlops_worker_restarts_total"


METRICS = MetricNames()


@dataclass(frozen=True, kw_only=True)
class Window:
    """What the counters say about the time from `start` to `end`, about scoring alone: not health, not swagger.

    `rate` is requests a second; `statuses` maps an HTTP status to how many answers had it; quantiles map q
    (0 … 1) to seconds, None when nothing was asked; `in_flight` and `waiting` are as of `end`.
    """

    start: datetime
    end: datetime
    requests: float
    statuses: Mapping[str, float] = field(default_factory=dict)
    latency: Mapping[float, float | None] = field(default_factory=dict)
    run: Mapping[float, float | None] = field(default_factory=dict)
    in_flight: float = 0.0
    waiting: float = 0.0
    restarts: float = 0.0

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds if self.seconds > 0 else 0.0

    @property
    def errors(self) -> float:
        """Answers of 400 and above."""
        return sum(count for status, count in self.statuses.items() if not status.startswith(("1", "2", "3")))

    @property
    def error_share(self) -> float:
        """Errors of all requests, 0 … 1; 0 when there were none."""
        return self.errors / self.requests if self.requests else 0.0


def _increases(first: Scrape, last: Scrape, name: str) -> dict[Labels, float]:
    """By how much each series of a counter grew.

    A counter that fell was set back to zero by a restart: then it grew by what it shows now, as in
    Prometheus' `increase` (https://prometheus.io/docs/prometheus/latest/querying/functions/#increase), without
    its extrapolation to the ends of the window.
    """
    before = {sample.labels: sample.value for sample in first.named(name)}
    grown = {}
    for sample in last.named(name):
        start = before.get(sample.labels, 0.0)
        grown[sample.labels] = sample.value - start if sample.value >= start else sample.value
    return grown


def _buckets(first: Scrape, last: Scrape, histogram: str) -> list[tuple[float, float]]:
    """The histogram of the window: (upper bound in seconds, cumulative count), summed over all other labels."""
    bounds: dict[float, float] = {}
    for labels, count in _increases(first, last, f"{histogram}_bucket").items():
        bound = float(dict(labels)["le"])
        bounds[bound] = bounds.get(bound, 0.0) + count
    return sorted(bounds.items())


def quantile(q: float, buckets: Sequence[tuple[float, float]]) -> float | None:
    """The q-quantile of a histogram given as (upper bound, cumulative count), bounds rising, the last one +Inf.

    Linear within the bucket that holds it, whose lower bound is 0 for the first one; the highest finite bound
    when it falls beyond that: Prometheus' `histogram_quantile`
    (https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile).
    None for an empty histogram.
    """
    total = buckets[-1][1] if buckets else 0.0
    if total <= 0 or isnan(total):
        return None
    rank = q * total
    lower = below = 0.0
    for upper, cumulative in buckets:
        if cumulative >= rank and cumulative > below:
            if upper == inf:
                return lower
            return lower + (upper - lower) * max(rank - below, 0.0) / (cumulative - below)
        lower, below = (upper, cumulative) if upper != inf else (lower, cumulative)
    return lower


def _statuses(first: Scrape, last: Scrape, names: MetricNames) -> dict[str, float]:
    found: dict[str, float] = {}
    for labels, count in _increases(first, last, names.requests).items():
        said = dict(labels)
        if said.get(names.route_label, names.scoring_route) != names.scoring_route:
            continue
        status = said.get(names.status_label, "")
        found[status] = found.get(status, 0.0) + count
    return {status: count for status, count in sorted(found.items()) if count}


def between(
    first: Scrape, last: Scrape, *, quantiles: Sequence[float] = (0.5, 0.95, 0.99), names: MetricNames = METRICS
) -> Window:
    """What happened from `first` to `last`."""
    statuses = _statuses(first, last, names)
    request = _buckets(first, last, names.request_seconds)
    run = _buckets(first, last, names.run_seconds)
    return Window(
        start=first.time,
        end=last.time,
        requests=sum(statuses.values()),
        statuses=statuses,
        latency={q: quantile(q, request) for q in quantiles},
        run={q: quantile(q, run) for q in quantiles},
        in_flight=last.total(names.in_flight),
        waiting=last.total(names.waiting),
        restarts=sum(_increases(first, last, names.restarts).values()),
    )
