"""One reading of a service's `/metrics`: Prometheus text in, samples out.

The format is the text exposition format 0.0.4,
https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from jupyter_mlops.errors import ServiceError

__all__ = ["Sample", "Scrape", "parse"]

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Sample:
    """One line: a name, its labels, a value."""

    name: str
    labels: Labels
    value: float

    def label(self, name: str) -> str | None:
        """The label's value; None when the sample does not have it."""
        return dict(self.labels).get(name)


@dataclass(frozen=True)
class Scrape:
    """All samples of one reading, and when it was taken (UTC)."""

    time: datetime
    samples: tuple[Sample, ...]

    @cached_property
    def _by_name(self) -> dict[str, list[Sample]]:
        found: dict[str, list[Sample]] = {}
        for sample in self.samples:
            found.setdefault(sample.name, []).append(sample)
        return found

    def named(self, name: str) -> list[Sample]:
        """The samples of that name, in the order of the text; empty when there is none."""
        return self._by_name.get(name, [])

    def total(self, name: str) -> float:
        """The sum over all labels; 0 when there is no such sample."""
        return sum(sample.value for sample in self.named(name))


def _samples(text: str) -> Iterator[Sample]:
    from prometheus_client.parser import text_string_to_metric_families

    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield Sample(sample.name, frozenset(sample.labels.items()), float(sample.value))


def parse(text: str, time: datetime | None = None) -> Scrape:
    """Read the text of `/metrics`, taken at `time` (default: now).

    Raises `ServiceError` for text that is not in the format.
    """
    try:
        return Scrape(time or datetime.now(UTC), tuple(_samples(text)))
    except ValueError as error:
        raise ServiceError(f"/metrics is not in Prometheus' text format: {error}") from error
