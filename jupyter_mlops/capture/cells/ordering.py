"""The order of captured definitions: each after what it needs while it is executed, as near as possible to the
order in which the notebook made them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Line", "Piece", "in_order"]


class Line(NamedTuple):
    """A line of the script, and where a user typed it: a cell's label and the line there; None for one of ours."""

    text: str
    source: str | None = None
    number: int = 0


@dataclass(eq=False)
class Piece:
    """One definition or constant of the script.

    `now` are the names it reads while it is executed, `later` those that its functions read when they are
    called.
    """

    names: tuple[str, ...]
    lines: list[Line]
    order: tuple[int, int]
    now: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    is_block: bool = False
    """A definition, with blank lines around it; a constant otherwise."""
    initial: list[Line] | None = None
    """A container's first value, as it was typed: for one that is filled by what it holds (`@register`)."""


def in_order(pieces: Iterable[Piece]) -> list[Piece]:
    """All pieces, sorted."""
    waiting = sorted(pieces, key=lambda piece: (piece.is_block, piece.order))
    owner = {name: piece for piece in waiting for name in piece.names}
    before = {piece: _executed_before(piece, owner) for piece in waiting}
    for piece in waiting:
        if piece.initial is not None and any(piece in before[other] for other in before[piece]):
            piece.lines, piece.now = piece.initial, set()
            before = {piece: _executed_before(piece, owner) for piece in waiting}
    preferred = {piece: _owners(piece.now | piece.later, owner) - {piece} for piece in waiting}
    done: list[Piece] = []
    placed: set[Piece] = set()
    while waiting:
        # Constants and what is complete first; then what can at least be executed; a true cycle as it came.
        chosen = (
            next((piece for piece in waiting if preferred[piece] <= placed and before[piece] <= placed), None)
            or _of_cycle(waiting, before, preferred, placed)
            or next((piece for piece in waiting if _owners(piece.now, owner) - {piece} <= placed), waiting[0])
        )
        waiting.remove(chosen)
        placed.add(chosen)
        done.append(chosen)
    return done


def _of_cycle(
    waiting: list[Piece],
    before: Mapping[Piece, set[Piece]],
    preferred: Mapping[Piece, set[Piece]],
    placed: set[Piece],
) -> Piece | None:
    """Of what can be executed, one that waits only for pieces of its own cycle of calls."""
    ready = [piece for piece in waiting if before[piece] <= placed]
    for piece in ready:
        reached = _reach(piece, preferred, placed)
        if all(piece in _reach(other, preferred, placed) for other in reached):
            return piece
    return ready[0] if ready else None


def _reach(start: Piece, edges: Mapping[Piece, set[Piece]], placed: set[Piece]) -> set[Piece]:
    found: set[Piece] = set()
    waiting = [start]
    while waiting:
        for piece in edges[waiting.pop()] - found - placed:
            found.add(piece)
            waiting.append(piece)
    return found


def _owners(names: Iterable[str], owner: Mapping[str, Piece]) -> set[Piece]:
    return {owner[name] for name in names if name in owner}


def _executed_before(piece: Piece, owner: Mapping[str, Piece]) -> set[Piece]:
    """What must stand above: the names it reads at once and, as those may be called, all that they read."""
    found: set[Piece] = set()
    waiting = list(_owners(piece.now, owner) - {piece})
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        waiting += _owners(current.now | current.later, owner) - found - {piece}
    return found - {piece}
