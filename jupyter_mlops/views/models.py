"""How models look. Pure: records in."""

from __future__ import annotations

import json
from collections.abc import Sequence

from jupyter_mlops.records import ModelRecord, Provenance, Signature
from jupyter_mlops.views.look import Card, Cell, Content, Look, Section, Table, chips, code, when
from jupyter_mlops.views.source import source
from jupyter_mlops.views.words import bytes_of, pairs

__all__ = ["framework", "model_card", "models_table", "origin", "signature_line"]


def models_table(records: Sequence[ModelRecord], *, note: str | None = None) -> Table:
    """One row a version, in the order given."""
    rows: list[list[Content]] = [
        [
            Cell(record.id),
            framework(record),
            chips(record.tags),
            bytes_of(record.size),
            when(record.created),
        ]
        for record in records
    ]
    return Table(
        ("model", "framework", "tags", "size", "registered"),
        rows,
        figures=frozenset({"size"}),
        empty="no models yet",
        note=note,
    )


def framework(record: ModelRecord) -> str:
    """`ScikitLearn 1.7.2`; the flavor where no framework is known."""
    return " ".join(part for part in (record.framework or record.flavor, record.framework_version) if part)


def signature_line(signature: Signature | None) -> str:
    """`frame: 10 columns`, `array: float64 (rows, 28, 28)`; empty when there is none."""
    if signature is None:
        return ""
    if signature.kind == "frame":
        names = ", ".join(column.name for column in signature.columns[:6])
        more = ", …" if len(signature.columns) > 6 else ""
        return f"frame of {len(signature.columns)}: {names}{more}"
    if signature.kind in ("array", "series"):
        shape = ", ".join("rows" if size is None else str(size) for size in signature.shape)
        return f"{signature.kind} of {signature.dtype}" + (f" ({shape})" if shape else "")
    return "a JSON value"


def origin(provenance: Provenance) -> str:
    """`quickstart.ipynb, cell 4 · ada on laptop · Python 3.11.2 · commit 1a2b3c4 (with changes)`."""
    notebook = provenance.notebook.rpartition("/")[2] if provenance.notebook else None
    cell = None if provenance.cell is None else f"cell {provenance.cell}"
    commit = None
    if provenance.git_commit:
        commit = f"commit {provenance.git_commit[:7]}" + (" (with changes)" if provenance.git_dirty else "")
    parts = (
        ", ".join(part for part in (notebook, cell) if part),
        f"{provenance.user} on {provenance.host}",
        f"Python {provenance.python}",
        commit,
    )
    return " · ".join(part for part in parts if part)


def model_card(record: ModelRecord, *, used_by: Sequence[str] = ()) -> Card:
    """One version of a model, with how to use it next."""
    return Card(
        record.id,
        "model",
        facts=(
            ("description", record.description or ""),
            ("version tag", record.version_tag or ""),
            ("framework", framework(record)),
            ("input", signature_line(record.signature)),
            ("tags", chips(record.tags)),
            ("properties", Cell(pairs(record.properties))),
            ("size", bytes_of(record.size)),
            ("run", record.run_id or ""),
            ("used by", ", ".join(used_by)),
            ("from", origin(record.provenance)),
            ("digest", code(record.digest[:12])),
            ("registered", when(record.created)),
        ),
        below=_signature_sections(record.signature),
    )


def _signature_sections(signature: Signature | None) -> tuple[Look, ...]:
    if signature is None:
        return ()
    sections: list[Look] = []
    if signature.columns:
        columns = Table(("column", "dtype"), [(column.name, column.dtype) for column in signature.columns])
        sections.append(Section("columns", columns, spoken=False))
    if signature.example is not None:
        text = json.dumps(signature.example, ensure_ascii=False)
        body = source(text if len(text) < 4000 else f"{text[:4000]}…", "json")
        sections.append(Section("request example", body, spoken=False))
    return tuple(sections)
