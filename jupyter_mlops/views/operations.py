"""How operations look, while they run and after. Pure: a record and its events in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from jupyter_mlops.errors import from_dict
from jupyter_mlops.records import EventRecord, OperationRecord
from jupyter_mlops.views.look import Content, Note, Table, code, state, when
from jupyter_mlops.views.markup import Markup, el, join
from jupyter_mlops.views.words import count, percent, seconds, short

__all__ = ["ENDED", "OperationLook", "operations_table", "stage_times", "title"]

ENDED = frozenset({"Succeeded", "Failed", "Cancelled", "Interrupted"})

#: Lines of the log that stand open below an operation that runs.
_TAIL = 8
#: Lines kept below one that ended.
_LOG = 400


def title(record: OperationRecord) -> str:
    """`deploy diabetes`."""
    return f"{record.kind} {record.subject.partition('/')[2] or record.subject}"


def _took(record: OperationRecord, now: datetime | None) -> str:
    end = record.finished or now
    return seconds(max((end - (record.started or record.created)).total_seconds(), 0.0)) if end else ""


def operations_table(records: Sequence[OperationRecord], *, now: datetime | None = None) -> Table:
    """One row an operation, in the order given."""
    rows: list[list[Content]] = [
        [
            code(record.id),
            title(record),
            state(record.state),
            (record.stage or "") if record.state != "Succeeded" else "",
            _took(record, now or datetime.now(UTC)),
            f"{record.user} on {record.host}",
            when(record.created),
        ]
        for record in records
    ]
    columns = ("operation", "what", "state", "stage", "took", "by", "began")
    return Table(columns, rows, figures=frozenset({"took"}), empty="no operations yet")


@dataclass(frozen=True)
class _Stage:
    name: str
    sign: str
    tone: str
    seconds: float | None


def stage_times(events: Sequence[EventRecord], end: datetime | None) -> Mapping[str, float]:
    """Seconds that each stage took: from its event to the next one's; the last one until `end`, or not at all."""
    marks = [(event.message, event.time) for event in events if event.kind == "stage"]
    ends = [time for _, time in marks[1:]] + ([end] if marks else [])
    return {
        name: (until - begun).total_seconds()
        for (name, begun), until in zip(marks, ends, strict=True)
        if until is not None
    }


@dataclass(frozen=True)
class OperationLook:
    """One operation: its stages with their times, its progress, its log as it grows, and what went wrong.

    `note` is said below it (that a cell was detached from it). `error` says whether the error is shown here: not
    where it is raised as the cell's own, which would show it twice. `heading` stands in place of the operation's own.
    `folded`: the log of one that runs is folded away, its newest line beside it; where widgets keep open what was
    unfolded. Without them its last lines stand open.
    """

    record: OperationRecord
    events: Sequence[EventRecord]
    now: datetime
    note: str | None = None
    error: bool = True
    heading: str | None = None
    folded: bool = False

    @property
    def _title(self) -> str:
        return self.heading or title(self.record)

    @property
    def _running(self) -> bool:
        return self.record.state not in ENDED

    def _stages(self) -> list[_Stage]:
        times = stage_times(self.events, self.record.finished or self.now)
        names = self.record.stages or tuple(times)
        current = self.record.stage
        return [self._stage(name, current, names, times.get(name)) for name in names]

    def _stage(self, name: str, current: str | None, names: Sequence[str], took: float | None) -> _Stage:
        at = names.index(current) if current in names else -1
        here = names.index(name)
        if self.record.state == "Succeeded" or here < at:
            return _Stage(name, "✓", "ok", took) if took is not None else _Stage(name, "–", "dim", None)
        if here > at:
            return _Stage(name, "○", "dim", None)
        if self._running:
            return _Stage(name, "▸", "go", took)
        return _Stage(name, "✗", "bad" if self.record.state == "Failed" else "warn", took)

    def _id(self, form: str) -> str:
        return form.format(self.record.id) if self.record.id else ""

    def _log(self) -> list[str]:
        return [event.message for event in self.events if event.kind == "log"]

    # ── HTML ──

    def html(self) -> Markup:
        record = self.record
        took = _took(record, self.now)
        head = join(
            el("b", self._title), " ", state(record.state).html(), " ", el("span", took, cls="jmo-dim"),
            " ", el("span", self._id("operation {}"), cls="jmo-dim") if self._running else None,
        )  # fmt: skip
        stages = el("p", *(self._stage_html(stage) for stage in self._stages()), cls="jmo-note jmo-stages")
        if record.state == "Succeeded":
            log = self._log_html(_LOG)
            return el("details", el("summary", head, cls="jmo-head"), stages, log, data_fold="log")
        return join(
            el("p", head, cls="jmo-head"),
            stages,
            self._bar(),
            self._error_html(),
            self._log_html(_TAIL) if self._running and not self.folded else self._folded_log(),
            Note(self.note, "dim" if self.heading else "warn").html() if self.note else None,
        )

    def _stage_html(self, stage: _Stage) -> Markup:
        took = el("span", f" {seconds(stage.seconds)}", cls="jmo-dim") if stage.seconds is not None else None
        share = self.record.progress
        part = f" {percent(round(share, 2))}" if stage.tone == "go" and share is not None else None
        return join(el("span", f"{stage.sign} {stage.name}", part, took, cls=f"jmo-sign jmo-{stage.tone}"), " ")

    def _bar(self) -> Markup | None:
        share = self.record.progress
        if not self._running or share is None:
            return None
        return el("div", el("i", style=f"width:{min(max(share, 0.0), 1.0) * 100:.1f}%"), cls="jmo-bar")

    def _log_html(self, lines: int) -> Markup | None:
        log = self._log()
        return el("pre", "\n".join(log[-lines:]), tabindex=0, data_follow="log") if log else None

    def _folded_log(self) -> Markup | None:
        lines = self._log()
        if not lines:
            return None
        newest = el("span", f" {short(lines[-1], 90)}", cls="jmo-dim") if self._running else None
        said = el("summary", f"log ({count(len(lines))} line{'s' * (len(lines) != 1)})", newest)
        return el("details", said, self._log_html(_LOG), data_fold="log")

    def _error_html(self) -> Markup | None:
        if self.record.error is None or not self.error:
            return None
        error = from_dict(self.record.error)
        return join(
            el("p", error.message, cls="jmo-note jmo-bad"),
            el("pre", error.details.rstrip()) if error.details else None,
        )

    # ── text ──

    def text(self) -> str:
        record = self.record
        lines = [f"{self._title}  {record.state}  {_took(record, self.now)}{self._id('  (operation {})')}"]
        for stage in self._stages():
            took = f"  {seconds(stage.seconds)}" if stage.seconds is not None else ""
            lines.append(f"  {stage.sign} {stage.name}{took}")
        lines += [f"  | {line}" for line in self._log()[-_TAIL:]] if record.state != "Succeeded" else []
        if record.error is not None and self.error:
            lines += str(from_dict(record.error)).splitlines()
        return "\n".join([*lines, self.note] if self.note else lines)
