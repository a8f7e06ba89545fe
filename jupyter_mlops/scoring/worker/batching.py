"""Several requests, one `run`: rows are joined, and the answer is shared out row by row.

Requests are read at once where that is the same as reading each on its own; else each is read and checked first, so
that a bad one fails alone. Only requests whose other arguments are equal are joined. A joined run that raises is halved
until the request that is to blame stands alone. An answer that has not one item for each row cannot be shared out: the
requests run singly, and joining ends for good.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from jupyter_mlops.scoring.wire import AnswerFlag, Request, RequestFlag
from jupyter_mlops.scoring.worker.current import CONTEXT
from jupyter_mlops.scoring.worker.inputs import BadInput, Together
from jupyter_mlops.scoring.worker.notes import Notes
from jupyter_mlops.scoring.worker.results import error_result, result_of
from jupyter_mlops.scoring.worker.scorer import Scored, Scorer, wait_for

__all__ = ["Batcher"]


_PROBE = int(RequestFlag.PROBE)
_NOTHING_TO_SAY = Notes()


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

    def score(self, requests: Sequence[Request], starting: Callable[[int], None]) -> Iterator[list[tuple[int, Scored]]]:
        """(number, answer) of the requests, those together that come together; a streamed one is alone.

        `starting` is told the number of the first of each run.
        """
        together = self._read_together(requests)
        if together is not None:
            answers = self._run_joined(requests, together, [_NOTHING_TO_SAY] * len(requests), starting)
            if answers is not None:
                yield answers
                return
        items = []
        for request in requests:
            notes = Notes()
            try:
                arguments = self._scorer.read(request, notes)
            except BadInput as bad:
                yield [(request.id, (error_result(bad.status, str(bad), AnswerFlag.BAD_INPUT), None))]
            else:
                items.append(_Item(request, arguments, notes, "" if notes.doubts else _rows_of(arguments)))
        for group in _groups(items, self._max_size):
            yield from self._halves(group, starting) if together is not None else self._run(group, starting)

    def _read_together(self, requests: Sequence[Request]) -> Together | None:
        if not self._joining or not 1 < len(requests) <= self._max_size:
            return None
        return self._scorer.read_together(requests)

    def _run(self, group: list[_Item], starting: Callable[[int], None]) -> Iterator[list[tuple[int, Scored]]]:
        if len(group) == 1 or not self._joining:
            yield from self._alone(group, starting)
            return
        together = Together(_joined(group), [len(item.arguments[item.rows]) for item in group])
        requests, notes = [item.request for item in group], [item.notes for item in group]
        answers = self._run_joined(requests, together, notes, starting)
        if answers is None:
            yield from self._halves(group, starting)
        else:
            yield answers

    def _halves(self, group: list[_Item], starting: Callable[[int], None]) -> Iterator[list[tuple[int, Scored]]]:
        """After a joined run came to nothing."""
        if len(group) == 1 or not self._joining:
            yield from self._alone(group, starting)
            return
        half = len(group) // 2
        yield from self._run(group[:half], starting)
        yield from self._run(group[half:], starting)

    def _alone(self, group: list[_Item], starting: Callable[[int], None]) -> Iterator[list[tuple[int, Scored]]]:
        for item in group:
            starting(item.request.id)
            yield [(item.request.id, self._scorer.call(item.arguments, item.request, item.notes))]

    def _run_joined(
        self,
        requests: Sequence[Request],
        together: Together,
        notes: Sequence[Notes],
        starting: Callable[[int], None],
    ) -> list[tuple[int, Scored]] | None:
        """The answers of one run for all; None where it raised, or did not answer by rows (and joining has ended)."""
        starting(requests[0].id)
        CONTEXT.probe = requests[0].flags & _PROBE != 0
        started = time.perf_counter_ns()
        try:
            value = self._scorer.run(**together.arguments)
            if hasattr(value, "__await__"):
                value = wait_for(value)
        except BaseException:  # noqa: BLE001  (whose it is shows when it stands alone: logged, or obeyed, there)
            return None
        shares = _shared_out(value, together.sizes)
        if shares is None:
            self._stop_joining(value, sum(together.sizes))
            return None
        exec_us = (time.perf_counter_ns() - started) // 1000
        return [
            (request.id, (result_of(share, noted, False, wait_for), exec_us))
            for request, share, noted in zip(requests, shares, notes, strict=True)
        ]

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
