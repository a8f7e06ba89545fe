"""How a plan looks: what would be done, one line an item. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_mlops.views.look import Card, Note, Section, preformatted
from jupyter_mlops.views.screen import Screen

if TYPE_CHECKING:
    from jupyter_mlops.operations.plan import Plan

__all__ = ["plan_card", "show"]


@dataclass(frozen=True)
class _Line:
    name: str
    rest: str


def _split(line: str) -> _Line:
    """`image      diabetes:3, there already` → its first word and the rest; an indented line goes on."""
    if line[:1].isspace() or not line:
        return _Line("", line.strip())
    name, _, rest = line.partition(" ")
    return _Line(name, rest.strip())


def plan_card(
    subject: str, lines: Sequence[str], *, next_line: str | None = None, dockerfile: str | None = None
) -> Card:
    """The plan of an operation; `next_line` is what to type to have it done, `dockerfile` the text of a container
    image's."""
    facts = [(part.name, part.rest) for part in map(_split, lines)]
    text = () if dockerfile is None else (Section("Dockerfile", preformatted(dockerfile.rstrip())),)
    below = Note(f"nothing was done; {next_line}") if next_line else Note("nothing was done")
    return Card(subject, "plan", facts=facts, below=(*text, below))


def show(subject: str, plan: Plan, screen: Screen) -> None:
    """A plan below a cell."""
    card = plan_card(subject, plan.lines, next_line="without --plan it is", dockerfile=plan.dockerfile)
    screen.show(card)
    screen.say(card.text())
