"""Readings of services' metrics, shared by all browsers that look: read when somebody asks, at most once a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_mlops.sdk.webservice import Webservice
    from jupyter_mlops.telemetry.scrape import Scrape
    from jupyter_mlops.telemetry.window import Window

__all__ = ["Readings"]

_KEEP_SECONDS = 3600.0
_EVERY_SECONDS = 1.0
_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass
class _Kept:
    scrapes: list[Scrape] = field(default_factory=list)
    read: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


class Readings:
    """By service; those that nobody asked for in an hour are forgotten. Safe across threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], _Kept] = {}

    def metrics(self, service: Webservice, seconds: float) -> dict[str, Any]:
        """What happened in the last `seconds`, step by step and in all. Raises `ServiceError`."""
        from jupyter_mlops.telemetry.window import between

        scrapes = _within(self._read(service), seconds)
        whole = between(scrapes[0], scrapes[-1]) if len(scrapes) > 1 else None
        return {
            "service": service.name,
            "steps": [_document(between(first, last)) for first, last in pairwise(scrapes)],
            "whole": None if whole is None else _document(whole),
        }

    def _read(self, service: Webservice) -> list[Scrape]:
        from jupyter_mlops.telemetry.scrape import parse

        kept = self._of(service)
        with kept.lock:
            if time.monotonic() - kept.read >= _EVERY_SECONDS:
                scrape = parse(service.metrics())
                if not kept.scrapes:
                    kept.scrapes += _beginning(scrape, service.created_time)
                kept.scrapes.append(scrape)
                kept.read = time.monotonic()
                kept.scrapes = _within(kept.scrapes, _KEEP_SECONDS)
            return list(kept.scrapes)

    def _of(self, service: Webservice) -> _Kept:
        now = time.monotonic()
        with self._lock:
            for key, kept in list(self._kept.items()):
                if kept.scrapes and now - kept.read > _KEEP_SECONDS:
                    del self._kept[key]
            # A service that was deleted and made anew has readings of its own.
            return self._kept.setdefault(
                (service.workspace.store.id, f"{service.name} {service.created_time}"), _Kept()
            )


def _beginning(first: Scrape, created: datetime) -> list[Scrape]:
    """A reading of zeros when the front began: what it answered before somebody looked is in the first step."""
    from jupyter_mlops.telemetry.scrape import Scrape

    started = first.total("process_start_time_seconds")
    begun = datetime.fromtimestamp(started, UTC) if started else created
    return [Scrape(begun, ())] if begun < first.time else []


def _within(scrapes: list[Scrape], seconds: float) -> list[Scrape]:
    """Those of the last seconds before the newest, and the one before them: the first step needs its start."""
    edge = scrapes[-1].time - timedelta(seconds=seconds)
    first = next(index for index, scrape in enumerate(scrapes) if scrape.time >= edge)
    return scrapes[max(first - 1, 0) :]


def _document(window: Window) -> dict[str, Any]:
    return {
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "seconds": window.seconds,
        "requests": window.requests,
        "rate": window.rate,
        "errors": window.errors,
        "error_share": window.error_share,
        "statuses": dict(window.statuses),
        "latency": _milliseconds(window.latency),
        "run": _milliseconds(window.run),
        "in_flight": window.in_flight,
        "waiting": window.waiting,
        "restarts": window.restarts,
    }


def _milliseconds(quantiles: Mapping[float, float | None]) -> dict[str, float | None]:
    found = {name: quantiles.get(q) for name, q in _QUANTILES.items()}
    return {name: None if seconds is None else seconds * 1000 for name, seconds in found.items()}
