"""How scripts and their proof look. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.records import ProofResult, ScriptRecord
from jupyter_mlops.views.answers import answer
from jupyter_mlops.views.look import Card, Content, Look, Note, Section, Table, code, state, when
from jupyter_mlops.views.models import origin
from jupyter_mlops.views.source import source
from jupyter_mlops.views.words import milliseconds

__all__ = ["script_card", "scripts_table"]


def scripts_table(records: Sequence[ScriptRecord], *, note: str | None = None) -> Table:
    """One row a script."""
    rows: list[list[Content]] = [
        [
            record.name,
            ", ".join(record.models),
            state(_word(record.proof)),
            code(record.digest[:12]),
            when(record.created),
        ]
        for record in records
    ]
    return Table(("script", "models", "proof", "digest", "captured"), rows, empty="no scripts yet", note=note)


def _word(proof: ProofResult | None) -> str:
    return "proven" if proof is not None and proof.proven else "not proven"


def script_card(record: ScriptRecord, text: str) -> Card:
    """One script: whether it is proven and what it answered, and its source (`text`), folded."""
    lines = text.count("\n") + (not text.endswith("\n"))
    return Card(
        record.name,
        "script",
        mark=state(_word(record.proof)),
        facts=(
            ("models", ", ".join(record.models)),
            ("imports", ", ".join(record.imports)),
            ("from", origin(record.provenance)),
            ("digest", code(record.digest[:12])),
        ),
        below=(
            *_proof(record.proof, has_sample=record.sample_input is not None),
            Section(f"{record.entry_script.rpartition('/')[2]} ({lines} lines)", source(text), spoken=False),
        ),
    )


def _proof(proof: ProofResult | None, *, has_sample: bool) -> tuple[Look, ...]:
    if proof is None or not proof.proven:
        why = "init() ran in a clean process; no sample request was sent" if proof else "it was not run yet"
        cure = "" if has_sample else ": give a sample with --input"
        return (Note(f"{why}{cure}", "warn"),)
    took = "" if proof.milliseconds is None else f" in {milliseconds(proof.milliseconds)}"
    return (
        Note(f"answered {proof.status}{took}, in a clean process with the real server", "dim"),
        Section("answer to the sample", answer(proof.answer)),
        *(Note(f"warning: {line}", "warn") for line in proof.warnings),
    )
