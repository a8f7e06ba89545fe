"""The numbers of `metrics` as Prometheus' text, by prometheus_client."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from jupyter_mlops.scoring.front.metrics import Histogram, Metrics
from jupyter_mlops.scoring.front.process_usage import usage

__all__ = ["render"]


def render(metrics: Metrics) -> bytes:
    """The text of `/metrics`."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(metrics))
    return generate_latest(registry)


class _Families(Collector):
    """Asked by prometheus_client."""

    def __init__(self, metrics: Metrics):
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """Called by prometheus_client."""
        yield from self._of_traffic()
        yield from self._of_now()
        yield from self._of_processes()
        service, model, revision, version = self._metrics.serving
        info = InfoMetricFamily("mlops_service", "What serves now.")
        info.add_metric([], {"service": service, "model": model, "revision": revision, "service_version": version})
        yield info

    def _of_traffic(self) -> Iterator[Metric]:
        labels = ["service", "model"]
        requests = CounterMetricFamily(
            "mlops_requests", "Answers by route and status.", labels=[*labels, "route", "status"]
        )
        histograms = {
            "scored": HistogramMetricFamily("mlops_request_duration_seconds", "Head to answer, /score.", labels=labels),
            "run": HistogramMetricFamily("mlops_run_duration_seconds", "run() alone.", labels=labels),
            "queue": HistogramMetricFamily("mlops_queue_duration_seconds", "Waiting for a worker.", labels=labels),
            "batches": HistogramMetricFamily("mlops_batch_size", "Requests sent to a worker together.", labels=labels),
        }
        for (service, model), traffic in (self._metrics.by_models or {("", ""): self._metrics.traffic}).items():
            scores = {("/score", status): count for status, count in traffic.scores.items()}
            for key in traffic.requests.keys() & scores.keys():
                scores[key] += traffic.requests[key]
            for (route, status), count in (traffic.requests | scores).items():
                requests.add_metric([service, model, route, str(status)], count)
            for name, family in histograms.items():
                histogram: Histogram = getattr(traffic, name)
                family.add_metric([service, model], histogram.buckets(), histogram.total)
        yield requests
        yield from histograms.values()

    def _of_now(self) -> Iterator[Metric]:
        gauges = self._metrics.gauges
        yield GaugeMetricFamily("mlops_requests_in_flight", "Requests at the workers.", gauges.in_flight())
        yield GaugeMetricFamily("mlops_requests_waiting", "Requests that wait for a worker.", gauges.waiting())
        yield GaugeMetricFamily("mlops_connections", "Open client connections.", gauges.connections())
        yield CounterMetricFamily("mlops_worker_restarts", "Workers that were replaced.", self._metrics.restarts)
        yield CounterMetricFamily("mlops_log_lines_dropped", "Log lines nobody took in time.", gauges.dropped_lines())
        workers = GaugeMetricFamily("mlops_workers", "Workers by state.", labels=["state"])
        for state, count in gauges.workers().items():
            workers.add_metric([state], count)
        yield workers

    def _of_processes(self) -> Iterator[Metric]:
        memory = GaugeMetricFamily("mlops_process_resident_memory_bytes", "Memory in RAM.", labels=["process"])
        cpu = CounterMetricFamily("mlops_process_cpu_seconds", "CPU time.", labels=["process"])
        gauges = self._metrics.gauges
        for name, (resident, seconds) in {**usage(gauges.pids()), **gauges.elsewhere()}.items():
            memory.add_metric([name], resident)
            cpu.add_metric([name], seconds)
        yield memory
        yield cpu
        # the name that Prometheus' own tools look for
        yield GaugeMetricFamily("process_start_time_seconds", "When the front began.", self._metrics.started)
