"""The readings of one service, kept in memory for a plot: as many as a window of time holds."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from itertools import pairwise

from jupyter_mlops.telemetry.scrape import Scrape
from jupyter_mlops.telemetry.window import Window, between

__all__ = ["Series"]


class Series:
    """Readings in the order of time; those older than `keep` (seconds) before the newest one are forgotten.

    One thread may add while others read.
    """

    def __init__(self, keep: float) -> None:
        self.keep = timedelta(seconds=keep)
        self._scrapes: deque[Scrape] = deque()

    def add(self, scrape: Scrape) -> None:
        """Take one more reading."""
        self._scrapes.append(scrape)
        # One reading at or before the edge stays: the oldest step needs its start.
        while len(self._scrapes) > 2 and self._scrapes[1].time <= scrape.time - self.keep:
            self._scrapes.popleft()

    def steps(self) -> list[Window]:
        """What happened from each reading to the next; empty until there are two."""
        return [between(first, last) for first, last in pairwise(tuple(self._scrapes)) if last.time > first.time]

    def whole(self) -> Window | None:
        """What happened from the oldest reading to the newest; None until there are two."""
        scrapes = tuple(self._scrapes)
        return between(scrapes[0], scrapes[-1]) if len(scrapes) > 1 else None
