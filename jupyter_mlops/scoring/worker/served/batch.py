"""`@batch`: the script says that its `run` may be given the rows of several requests at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

__all__ = ["BATCH", "batch"]

BATCH = "__mlops_batch__"

F = TypeVar("F", bound=Callable[..., Any])


@overload
def batch(function: F) -> F: ...
@overload
def batch(*, max_size: int = 64, max_wait_ms: float = 0) -> Callable[[F], F]: ...


def batch(function: F | None = None, *, max_size: int = 64, max_wait_ms: float = 0) -> F | Callable[[F], F]:
    """Let the server join the rows of waiting requests, call `run` once, and share out its answer row by row.

    `run` must give one result for each row, in order. `max_size` is the most requests in one call; `max_wait_ms` is
    how long the first may wait for company (0: only what has queued while the worker was busy).
    """
    if max_size < 1:
        raise ValueError(f"max_size must be 1 or more, not {max_size}")

    def mark(run: F) -> F:
        setattr(run, BATCH, {"max_size": max_size, "max_wait_ms": max_wait_ms})
        return run

    return mark(function) if function is not None else mark
