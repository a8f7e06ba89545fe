"""Watching a service from a cell that has returned: a thread reads `/metrics` and updates the picture in place."""

from __future__ import annotations

import atexit
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.sdk.collecting import inputs_of
from jupyter_mlops.telemetry.scrape import Scrape, parse
from jupyter_mlops.telemetry.series import Series
from jupyter_mlops.views.inputs import inputs_look
from jupyter_mlops.views.listings import status_of
from jupyter_mlops.views.look import Look, Note
from jupyter_mlops.views.monitor import MonitorLook, monitor_bundle
from jupyter_mlops.views.screen import Screen
from jupyter_mlops.views.widgets.controls import Controls, available
from jupyter_mlops.views.words import seconds

if TYPE_CHECKING:
    from jupyter_mlops.sdk.webservice import Webservice

__all__ = ["Monitor", "monitor", "stop"]

#: How often what was collected is read.
_INPUTS_SECONDS = 15.0
#: The monitors that run, by service.
_running: dict[str, Monitor] = {}


class Monitor:
    """Reads a service's metrics every `interval` seconds, for `window` seconds (or on and on), and draws them."""

    def __init__(self, service: Webservice, window: float, *, endless: bool = False) -> None:
        self.service = service
        self.window = window
        self.endless = endless
        self.interval = min(max(window / 120, 1.0), 5.0)
        self._series = Series(window)
        self._compared: Look | None = None
        self._compared_at = 0.0
        self._screen = Screen()
        self._controls: Controls | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"monitor {service.name}", daemon=True)

    def start(self) -> None:
        """Draw what is known now, and go on in a thread where there is a place to draw on."""
        first = self._read()
        self._series.add(_before(first, self.window, self.service.created_time))
        self._series.add(first)
        look = self._look(None)
        if not self._screen.live:
            print(look.text())
            return
        self._screen.put(monitor_bundle(look, self._screen.key))
        if available():
            title = f"the same as %monitor {self.service.name} --stop"
            stop_button = {"name": "stop", "label": "Stop watching", "title": title}
            self._controls = Controls(self._screen, lambda _event: self._stopped.set(), buttons=[stop_button])
        self._thread.start()

    def stop(self) -> None:
        """Stop reading; the last picture stays."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        end = time.monotonic() + self.window
        trouble = None
        while not self._stopped.wait(self.interval) and (self.endless or time.monotonic() < end):
            try:
                self._series.add(self._read())
                trouble = None
            except MlopsError as error:  # a service that is away for a moment comes back into the picture
                trouble = error.message
            self._draw(trouble)
        self._draw(trouble, over=True)
        if self._controls is not None:
            self._controls.close()
        if _running.get(self.service.name) is self:
            del _running[self.service.name]

    def _read(self) -> Scrape:
        return parse(self.service.metrics())

    def _draw(self, trouble: str | None, *, over: bool = False) -> None:
        self._screen.put(monitor_bundle(self._look(trouble, over=over), self._screen.key))

    def _look(self, trouble: str | None, *, over: bool = False) -> MonitorLook:
        name = self.service.name
        now = datetime.now(UTC).astimezone().strftime("%H:%M:%S")
        if over:
            note = f"watched until {now}; %monitor {name} goes on"
        else:
            until = "until" if self.endless else f"for {seconds(self.window)}, or until"
            note = f"every {self.interval:.2g} s {until} %monitor {name} --stop"
        steps, whole = self._series.steps(), self._series.whole()
        return MonitorLook(name, status_of(self.service), steps, whole, trouble or note, self._inputs())

    def _inputs(self) -> Look:
        """Read now and then: it is all that was collected."""
        now = time.monotonic()
        if self._compared is None or now - self._compared_at > _INPUTS_SECONDS:
            try:
                self._compared = inputs_look(inputs_of(self.service))
            except MlopsError as error:
                self._compared = Note(f"inputs cannot be read: {error.message}")
            self._compared_at = now
        return self._compared


def _before(first: Scrape, window: float, created: datetime) -> Scrape:
    """A reading of zeros when the service was made, if that is not longer ago than the window: what it answered
    before somebody looked is then in the picture, as its average."""
    started = first.total("process_start_time_seconds")
    begun = datetime.fromtimestamp(started, UTC) if started else created
    recent = first.time - timedelta(seconds=window) < begun < first.time
    return Scrape(begun, ()) if recent else first


def monitor(service: Webservice, window: float, *, endless: bool = False) -> Monitor:
    """Watch a service; one that is watched already is watched here from now on.

    Raises `ServiceError` when the service does not answer.
    """
    stop(service.name)
    made = Monitor(service, window, endless=endless)
    made.start()
    if made._thread.is_alive():
        _running[service.name] = made
    return made


def stop(name: str | None = None) -> list[str]:
    """Stop watching one service, or all; returns the names of those that were watched."""
    found = [key for key in list(_running) if name in (None, key)]
    for key in found:
        running = _running.pop(key, None)
        if running is not None:
            running.stop()
    return found


atexit.register(stop)
