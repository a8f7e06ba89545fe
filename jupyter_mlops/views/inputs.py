"""What a service was sent against its training sample, column by column. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyter_mlops.records import ColumnProfile
from jupyter_mlops.sdk.collecting import Inputs
from jupyter_mlops.telemetry.profile import LEAST_ROWS, MOVED, SHIFTED, population_stability, profile_column
from jupyter_mlops.views.look import Cell, Content, Look, Note, Section, Table, state
from jupyter_mlops.views.markup import el
from jupyter_mlops.views.words import count, percent, short

__all__ = ["inputs_look"]

_COLUMNS = 40
_HEAD = ("column", "training", "now", "missing", "stability index", "")
_MEANING = f"population stability index: below {SHIFTED} as in training, above {MOVED} another population"


def inputs_look(inputs: Inputs) -> Look:
    """A table, what moved most on top; or the line that says why there is none."""
    collected = inputs.collected
    if collected is None:
        return Note(inputs.why or "no inputs are kept")
    compared = [_Compared(training, collected.columns[training.name]) for training in inputs.training]
    compared.sort(key=lambda each: -(each.index if each.index is not None else -1.0))
    note = f"{count(collected.rows)} rows since {collected.since[:16].replace('T', ' ')} UTC · {_MEANING}"
    if len(compared) > _COLUMNS:
        note = f"{count(len(compared) - _COLUMNS)} columns more · {note}"
    if collected.rows < LEAST_ROWS:
        note = f"{note} (from {LEAST_ROWS} rows on)"
    rows = [each.row() for each in compared[:_COLUMNS]]
    table = Table(_HEAD, rows, figures=frozenset({"missing", "stability index"}), note=note)
    return Section("inputs against the training sample", table, show=True)


class _Compared:
    def __init__(self, training: ColumnProfile, values: Sequence[Any]) -> None:
        self._training = training
        self._now = profile_column(training.name, values)
        self.index = population_stability(training, values)

    def row(self) -> list[Content]:
        training, now = self._training, self._now
        return [
            training.name,
            _said(training),
            _said(now),
            percent(now.missing / now.count) if now.missing else "",
            "–" if self.index is None else f"{self.index:.2f}",
            _verdict(self.index),
        ]


def _said(column: ColumnProfile) -> Cell:
    """`4.2 ± 0.3` of numbers, the most frequent values of others; the pointer shows the rest."""
    if column.mean is not None and column.deviation is not None:
        words = f"{column.mean:.3g} ± {column.deviation:.2g}"
        more = f"{column.least:.4g} … {column.most:.4g}"
    else:
        words = short(", ".join(f"{value} {percent(share)}" for value, share in [*column.top.items()][:3]), 48) or "–"
        more = ", ".join(f"{value} {percent(share)}" for value, share in column.top.items())
    return Cell(words, el("span", words, title=more))


def _verdict(index: float | None) -> Content:
    if index is None or index < SHIFTED:
        return ""
    return state("moved") if index > MOVED else state("shifted")
