"""Counters in, rates and quantiles out: every figure here can be worked out by hand."""

from datetime import UTC, datetime, timedelta
from math import inf

import pytest

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.telemetry.scrape import Scrape, parse
from jupyter_mlops.telemetry.series import Series
from jupyter_mlops.telemetry.window import METRICS, between, quantile

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def reading(seconds: float, *, ok: int = 0, bad: int = 0, fast: int = 0, slow: int = 0, restarts: int = 0) -> Scrape:
    """`fast` requests took up to 10 ms, `slow` ones up to 100 ms."""
    histogram = METRICS.request_seconds
    return parse(
        f"""
# HELP {METRICS.requests} Requests, by route and status.
# TYPE {METRICS.requests} counter
{METRICS.requests}{{route="/score",status="200"}} {ok}
{METRICS.requests}{{route="/score",status="500"}} {bad}
{METRICS.requests}{{route="/swagger.json",status="200"}} {seconds}
# TYPE {histogram} histogram
{histogram}_bucket{{route="/score",le="0.01"}} {fast}
{histogram}_bucket{{route="/score",le="0.1"}} {fast + slow}
{histogram}_bucket{{route="/score",le="+Inf"}} {fast + slow}
{histogram}_count{{route="/score"}} {fast + slow}
{histogram}_sum{{route="/score"}} 1
# TYPE {METRICS.restarts} counter
{METRICS.restarts} {restarts}
# TYPE {METRICS.in_flight} gauge
{METRICS.in_flight} 3
""",
        NOON + timedelta(seconds=seconds),
    )


def test_a_rate_is_the_growth_over_the_seconds():
    window = between(reading(0, ok=100), reading(10, ok=150))
    assert window.seconds == 10
    assert window.requests == 50
    assert window.rate == 5
    assert window.statuses == {"200": 50}
    assert window.in_flight == 3


def test_errors_are_the_answers_of_400_and_above():
    window = between(reading(0, ok=10, bad=1), reading(10, ok=40, bad=11))
    assert window.errors == 10
    assert window.error_share == 0.25


def test_a_counter_that_fell_was_restarted():
    window = between(reading(0, ok=1000, restarts=2), reading(10, ok=20, restarts=3))
    assert window.requests == 20
    assert window.restarts == 1


def test_no_request_no_quantile():
    window = between(reading(0, ok=5, fast=5), reading(10, ok=5, fast=5))
    assert window.rate == 0
    assert window.error_share == 0
    assert window.latency[0.5] is None


def test_quantiles_come_from_the_window_alone():
    window = between(reading(0, slow=1000), reading(10, slow=1000, fast=100))
    assert window.latency[0.5] == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("q", "expected"),
    [(0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (0.75, 1.5), (1.0, 2.0)],
)
def test_a_quantile_is_linear_within_its_bucket(q, expected):
    assert quantile(q, [(1.0, 10), (2.0, 20), (inf, 20)]) == pytest.approx(expected)


def test_a_quantile_beyond_the_buckets_is_the_highest_bound():
    assert quantile(0.9, [(1.0, 10), (2.0, 11), (inf, 100)]) == 2.0


def test_an_empty_bucket_holds_no_quantile():
    assert quantile(0.0, [(1.0, 0), (2.0, 10), (inf, 10)]) == 1.0


def test_an_empty_histogram_has_no_quantile():
    assert quantile(0.5, []) is None
    assert quantile(0.5, [(1.0, 0), (inf, 0)]) is None


def test_labels_keep_their_escapes():
    (sample,) = parse('a{path="c:\\\\x \\"y\\"\\n"} 1\n').samples
    assert sample.label("path") == 'c:\\x "y"\n'
    assert sample.label("other") is None


def test_text_that_is_no_metrics_says_so():
    with pytest.raises(ServiceError, match="not in Prometheus' text format"):
        parse("<html>not found</html>")


def test_a_series_forgets_what_its_window_does_not_hold():
    series = Series(keep=30)
    assert series.whole() is None
    for second in range(0, 101, 10):
        series.add(reading(second, ok=second))
    whole = series.whole()
    assert whole is not None
    assert whole.seconds == 30
    assert [step.rate for step in series.steps()] == [1.0, 1.0, 1.0]
