"""How a service's telemetry looks: a line of figures and four plots. Pure: a series of windows in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from jupyter_mlops.records import ServiceStatus
from jupyter_mlops.telemetry.window import Window
from jupyter_mlops.views.look import Bundle, Look, bundle, state
from jupyter_mlops.views.markup import Markup, el, join
from jupyter_mlops.views.plots import COLOURS, Chart, Format, Line, line_chart, sparkline, stacked_bars
from jupyter_mlops.views.words import count, milliseconds, percent, rate, seconds

__all__ = ["MonitorLook", "monitor_bundle"]

_BARS = 60
_WIDTH, _HEIGHT = 420, 140
_QUANTILES = ((0.5, "p50", "blue"), (0.95, "p95", "orange"), (0.99, "p99", "red"))
_STATUSES = (("2xx", "green"), ("3xx", "blue"), ("4xx", "orange"), ("5xx", "red"))


@dataclass(frozen=True)
class MonitorLook:
    """One service over the time of `steps`; `whole` is what happened in all of it. `note` says why it stands still,
    `inputs` how they compare with the training sample."""

    service: str
    status: ServiceStatus
    steps: Sequence[Window]
    whole: Window | None
    note: str | None = None
    inputs: Look | None = None

    def figures(self) -> list[tuple[str, str]]:
        """Name and value, as they stand in the line above the plots."""
        if self.whole is None:
            return [("", "waiting for the second reading")]
        whole, last = self.whole, self.steps[-1] if self.steps else self.whole
        p50, p95 = whole.latency.get(0.5), whole.latency.get(0.95)
        return [
            ("now", rate(last.rate)),
            ("requests", f"{count(whole.requests)} in {seconds(whole.seconds)}"),
            ("p50", "–" if p50 is None else milliseconds(p50 * 1000)),
            ("p95", "–" if p95 is None else milliseconds(p95 * 1000)),
            ("errors", percent(whole.error_share)),
            ("in flight", count(whole.in_flight)),
            *([("waiting", count(whole.waiting))] if whole.waiting else []),
            *([("worker restarts", count(whole.restarts))] if whole.restarts else []),
        ]

    def html(self) -> Markup:
        revision = "" if self.status.revision is None else f" revision {self.status.revision}"
        head = el(
            "p", el("b", self.service), " ", el("span", f"service{revision}", cls="jmo-dim"), " ",
            state(self.status.state).html(), cls="jmo-head",
        )  # fmt: skip
        figures = el("p", *(_figure(name, value) for name, value in self.figures()), cls="jmo-note jmo-stages")
        error = el("p", self.status.error, cls="jmo-note jmo-bad") if self.status.error else None
        plots = el("div", *self.plots(), cls="jmo-plots")
        note = el("p", self.note, cls="jmo-note jmo-dim") if self.note else None
        return join(head, figures, error, plots, self.inputs.html() if self.inputs is not None else None, note)

    def text(self) -> str:
        figures = " · ".join(f"{name} {value}".strip() for name, value in self.figures())
        lines = [f"service {self.service}  {self.status.state}", figures]
        if self.steps:
            lines.append(f"requests/s  {sparkline([step.rate for step in self.steps])}")
            lines.append(f"p95         {sparkline([step.latency.get(0.95) for step in self.steps])}")
        inputs = self.inputs.text() if self.inputs is not None else None
        return "\n".join([*lines, *(line for line in (self.status.error, inputs, self.note) if line)])

    # ── the plots ──

    def plots(self) -> tuple[Markup, Markup, Markup, Markup]:
        """Request rate, latency quantiles, answers by status, requests in flight; an SVG each."""
        xs = [step.end.timestamp() for step in self.steps]
        rates = [Line("requests/s", COLOURS["blue"], [step.rate for step in self.steps])]
        latencies = [Line(name, COLOURS[colour], _quantile(self.steps, q)) for q, name, colour in _QUANTILES]
        ends, parts = _by_status(self.steps)
        busy = [
            Line("in flight", COLOURS["blue"], [step.in_flight for step in self.steps]),
            Line("waiting", COLOURS["orange"], [step.waiting for step in self.steps]),
        ]
        return (
            line_chart(_chart("requests a second"), xs, rates),
            line_chart(_chart("latency", y=milliseconds), xs, latencies),
            stacked_bars(_chart("answers"), ends, parts, {name: COLOURS[colour] for name, colour in _STATUSES}),
            line_chart(_chart("at work"), xs, busy),
        )

    def picture(self) -> Markup:
        """The plots, two by two, as one SVG."""
        across, down = _WIDTH + 16, _HEIGHT + 8
        placed = (
            el("g", plot, transform=f"translate({index % 2 * across},{index // 2 * down})")
            for index, plot in enumerate(self.plots())
        )
        width, height = across + _WIDTH, down + _HEIGHT
        return el(
            "svg", *placed, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width} {height}", width=width,
            height=height,
        )  # fmt: skip


def _chart(title: str, y: Format = count) -> Chart:
    return Chart(title, y=y, x=_clock, width=_WIDTH, height=_HEIGHT)


def _figure(name: str, value: str) -> Markup:
    return join(el("span", el("span", f"{name} ", cls="jmo-dim"), value), " ")


def _clock(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).astimezone().strftime("%H:%M:%S")


def _quantile(steps: Sequence[Window], q: float) -> list[float | None]:
    """In milliseconds."""
    found = [step.latency.get(q) for step in steps]
    return [None if value is None else value * 1000 for value in found]


def _by_status(steps: Sequence[Window]) -> tuple[list[float], Mapping[str, list[float]]]:
    """The ends of at most `_BARS` groups of steps, and how many answers of each class were in each."""
    size = -(-len(steps) // _BARS) or 1
    groups = [steps[start : start + size] for start in range(0, len(steps), size)]
    parts = {name: [_answers(group, name[0]) for group in groups] for name, _ in _STATUSES}
    return [group[-1].end.timestamp() for group in groups], {name: part for name, part in parts.items() if any(part)}


def _answers(group: Sequence[Window], digit: str) -> float:
    return sum(number for step in group for status, number in step.statuses.items() if status.startswith(digit))


def monitor_bundle(look: MonitorLook, key: str | None = None) -> Bundle:
    """HTML and text, and the plots as one SVG for whoever shows neither; widgets find it by its `key`."""
    return {**bundle(look, key=key), "image/svg+xml": str(look.picture())}
