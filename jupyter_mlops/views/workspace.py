"""How a workspace looks: where it is, who chose it, what is in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_mlops.views.lineage import LineageLook
from jupyter_mlops.views.look import Card, Cell, Look, Note, Section, Table, code

__all__ = ["workspace_card"]


def workspace_card(
    name: str,
    location: str,
    *,
    chosen_by: str | None = None,
    counts: Mapping[str, int],
    lineage: LineageLook | None = None,
    services: Table | None = None,
    running: Table | None = None,
) -> Card:
    """`location` with passwords masked; `counts` maps `models`, `images` … to how many there are; `lineage` is the
    picture of what was made of what."""
    below: list[Look] = []
    if not any(counts.values()):
        below.append(Note("nothing in it yet: %register_model OBJECT --name NAME begins"))
    if lineage is not None and lineage.lineage.nodes:
        below.append(Section("workflow", lineage, show=True))
    if services is not None and services.rows:
        below.append(Section("services", services, show=lineage is None))
    if running is not None and running.rows:
        below.append(Section("operations that run", running, show=True))
    return Card(
        name,
        "workspace",
        facts=(
            ("location", code(location)),
            ("chosen by", chosen_by or ""),
            ("holds", Cell(", ".join(_counted(number, what) for what, number in counts.items()))),
        ),
        below=below,
    )


def _counted(number: int, plural: str) -> str:
    return f"{number} {plural.removesuffix('s') if number == 1 else plural}"
