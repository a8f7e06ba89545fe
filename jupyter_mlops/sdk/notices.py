"""What is said once a process: what a script asks for and what has no meaning here."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["as_a_command", "not_needed", "say_once", "tell_once"]

_said: set[str] = set()
_beside = False


def say_once(message: str, *, stacklevel: int = 3) -> None:
    """Warn with `message`, the first time only."""
    if message not in _said:
        _said.add(message)
        warnings.warn(message, UserWarning, stacklevel=stacklevel)


def not_needed(where: str, **arguments: object) -> bool:
    """Name, once, those of the arguments that were given and that only Azure needs; True when any was given."""
    given = sorted(name for name, value in arguments.items() if value is not None)
    if given:
        say_once(f"{where}: {', '.join(given)} belong to Azure and are not needed here", stacklevel=4)
    return bool(given)


def tell_once(message: str, *, key: str | None = None) -> None:
    """Print `message`, the first time only (for `key`, when one is given)."""
    if (key or message) not in _said:
        _said.add(key or message)
        print(message, file=sys.stderr if _beside else None)


@contextmanager
def as_a_command() -> Iterator[None]:
    """What is said and warned of inside is a line on standard error each: standard output holds the result alone."""
    global _beside
    _beside, before = True, _beside
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show
            yield
    finally:
        _beside = before


def _show(message: Warning | str, *_where: Any, **_more: Any) -> None:
    print(f"warning: {message}", file=sys.stderr)
