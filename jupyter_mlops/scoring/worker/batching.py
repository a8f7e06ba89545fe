"""Several requests, one `run`: rows are joined, and the answer is shared out row by row.

Each request is read and checked on its own first, so that a bad one fails alone. Only requests whose other arguments
are equal are joined. A joined run that raises is halved until the request that is to blame stands alone. An answer
that has not one item for each row cannot be shared out: the requests run singly, and joining ends for good.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from jupyter_mlops.scoring.wire import AnswerFlag, Request
from jupyter_mlops.scoring.worker.inputs import BadInput
from jupyter_mlops.scoring.worker.notes import Notes
from jupyter_mlops.scoring.worker.results import error_result, result_of
from jupyter_mlops.scoring.worker.scorer import Scored, Scorer, wait_for

__all__ = ["Batcher"]


_RAISED = object()


class _Item(NamedTuple):
    request: Request
    arguments: dict[str, Any]
    notes: Notes
    rows: str
    """The argument that holds rows; empty: it runs alone."""


class Batcher:
    """`max_size` requests at most go into one `run`."""

    def __init__(self, scorer: Scorer, max_size: int) -> None:
        self._scorer = scorer
        self._max_size = max_size
        self._joining = True

    def score(self, requests: Sequence[Request], starting: Callable[[int], None]) -> Iterator[tuple[int, Scored]]:
        """(number, answer) of each request, as they come. `starting` is told the number of the first of each run."""
        items = []
        for request in requests:
            notes = Notes()
            try:
                arguments = self._scorer.read(request, notes)
            except BadInput as bad:
                yield request.id, (error_result(bad.status, str(bad), AnswerFlag.BAD_INPUT), None)
            else:
                items.append(_Item(request, arguments, notes, "" if notes.doubts else _rows_of(arguments)))
        for group in _groups(items, self._max_size):
            yield from self._run(group, starting)

    def _run(self, group: list[_Item], starting: Callable[[int], None]) -> Iterator[tuple[int, Scored]]:
        starting(group[0].request.id)
        if len(group) == 1 or not self._joining:
            for item in group:
                starting(item.request.id)
                yield item.request.id, self._scorer.call(item.arguments, item.request, item.notes)
            return
        sizes = [len(item.arguments[item.rows]) for item in group]
        started = time.perf_counter_ns()
        value = self._called(group)
        if value is _RAISED:
            half = len(group) // 2
            yield from self._run(group[:half], starting)
            yield from self._run(group[half:], starting)
            return
        shares = _shared_out(value, sizes)
        if shares is None:
            self._stop_joining(value, sum(sizes))
            yield from self._run(group, starting)
            return
        exec_us = (time.perf_counter_ns() - started) // 1000
        for item, share in zip(group, shares, strict=True):
            yield item.request.id, (result_of(share, item.notes, False, wait_for), exec_us)

    def _called(self, group: list[_Item]) -> Any:
        try:
            value = self._scorer.run(**_joined(group))
            return wait_for(value) if hasattr(value, "__await__") else value
        except BaseException:  # noqa: BLE001  (whose it is shows when it stands alone: logged, or obeyed, there)
            return _RAISED

    def _stop_joining(self, value: Any, rows: int) -> None:
        self._joining = False
        size = f"{len(value)} items" if hasattr(value, "__len__") else type(value).__name__
        print(
            f"warning: batching is off: run() was given {rows} rows and returned {size}; one result a row is wanted",
            file=sys.stderr,
        )


def _rows_of(arguments: dict[str, Any]) -> str:
    """The one argument that is an array or a frame of rows."""
    found = [name for name, value in arguments.items() if hasattr(value, "shape") and value.shape and len(value)]
    return found[0] if len(found) == 1 else ""


def _groups(items: list[_Item], most: int) -> Iterator[list[_Item]]:
    """Neighbours that may be joined; whoever may not is a group of its own."""
    pools: dict[Any, list[_Item]] = {}
    for item in items:
        key = _key(item) if item.rows else None
        if key is None:
            yield [item]
            continue
        pool = pools.setdefault(key, [])
        pool.append(item)
        if len(pool) == most:
            yield pools.pop(key)
    yield from pools.values()


def _key(item: _Item) -> Any:
    """Equal for requests that can share a run: the same shape and types of rows, the same other arguments."""
    rows = item.arguments[item.rows]
    if hasattr(rows, "columns"):
        shape: Any = (tuple(rows.columns), tuple(rows.dtypes))
    else:
        shape = (rows.shape[1:], rows.dtype)
    if len(item.arguments) == 1:
        return shape
    return shape, tuple((name, repr(value)) for name, value in item.arguments.items() if name != item.rows)


def _joined(group: list[_Item]) -> dict[str, Any]:
    first = group[0]
    parts = [item.arguments[item.rows] for item in group]
    if hasattr(parts[0], "columns"):
        import pandas

        rows: Any = pandas.concat(parts, ignore_index=True)
    else:
        import numpy

        rows = numpy.concatenate(parts)
    return {**first.arguments, first.rows: rows}


def _shared_out(value: Any, sizes: list[int]) -> list[Any] | None:
    """The answer cut into pieces of these sizes; None where it has not one item a row."""
    if hasattr(value, "iloc"):
        whole: Any = value.iloc
        count = len(value)
    elif isinstance(value, list | tuple):
        whole, count = value, len(value)
    elif hasattr(value, "shape") and value.shape:
        whole, count = value, int(value.shape[0])
    else:
        return None
    if count != sum(sizes):
        return None
    ends = _running_sums(sizes)
    return [whole[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _running_sums(sizes: list[int]) -> Iterator[int]:
    total = 0
    for size in sizes:
        total += size
        yield total
