"""How services look. Pure; keys are never shown, only how to get them."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.records import RevisionRecord, ServiceRecord, ServiceStatus
from jupyter_mlops.views.look import (
    Card,
    Cell,
    Content,
    Look,
    Note,
    Section,
    Table,
    chips,
    code,
    link,
    preformatted,
    state,
    when,
)
from jupyter_mlops.views.markup import Markup, el, join
from jupyter_mlops.views.models import origin
from jupyter_mlops.views.words import pairs

__all__ = ["curl", "keys_card", "revisions_table", "service_card", "services_table"]


def services_table(
    rows: Sequence[tuple[ServiceRecord, ServiceStatus, Sequence[str]]], *, note: str | None = None
) -> Table:
    """One row a service: its record, what its target sees, and the models it runs (`name:version`)."""
    lines: list[list[Content]] = [
        [
            record.name,
            state(status.state, status.error or status.differs),
            ", ".join(models),
            "" if record.revision is None else str(record.revision),
            record.target_name or record.target,
            link(status.scoring_uri or ""),
            chips(record.tags),
        ]
        for record, status, models in rows
    ]
    columns = ("service", "state", "models", "revision", "target", "scoring URI", "tags")
    return Table(columns, lines, figures=frozenset({"revision"}), empty="no services yet", note=note)


def curl(scoring_uri: str, *, auth_enabled: bool, example: str | None = None) -> str:
    """A line for a terminal. The key stands in it as `$KEY`."""
    data = (example if example is not None and len(example) <= 300 else None) or "@request.json"
    parts = [
        f"curl {scoring_uri}",
        "-H 'Authorization: Bearer '$KEY" if auth_enabled else None,
        "-H 'Content-Type: application/json'",
        f"-d {_quoted(data)}",
    ]
    return " ".join(part for part in parts if part)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def service_card(
    record: ServiceRecord,
    status: ServiceStatus,
    *,
    models: Sequence[str] = (),
    image: str | None = None,
    auth_enabled: bool = True,
    example: str | None = None,
    revisions: Sequence[RevisionRecord] = (),
) -> Card:
    """One service: how it does, where it answers, what it runs. `example` is the body of a request."""
    return Card(
        record.name,
        "service",
        mark=state(status.state),
        facts=(
            ("description", record.description or ""),
            ("scoring URI", link(status.scoring_uri or "")),
            ("keys", f"%service_keys {record.name}" if auth_enabled else "none asked for (auth_enabled=False)"),
            ("models", ", ".join(models)),
            ("image", image or ""),
            ("revision", "" if record.revision is None else str(record.revision)),
            ("target", _target(record)),
            ("tags", chips(record.tags)),
            ("properties", Cell(pairs(record.properties))),
            ("from", origin(record.provenance)),
            ("updated", when(record.updated)),
        ),
        below=(*_trouble(status), *_request(status, auth_enabled, example), *_revisions(record, revisions)),
    )


def _target(record: ServiceRecord) -> str:
    return f"{record.target_name or record.target}" + (f" on {record.host}" if record.host else "")


def _trouble(status: ServiceStatus) -> tuple[Look, ...]:
    differs = (Note(status.differs, "warn"),) if status.differs else ()
    if not status.error:
        return differs
    details = (Section("details", preformatted(status.details), show=True),) if status.details else ()
    return (*differs, Note(status.error, "bad"), *details)


def _request(status: ServiceStatus, auth_enabled: bool, example: str | None) -> tuple[Look, ...]:
    if not status.scoring_uri:
        return ()
    line = curl(status.scoring_uri, auth_enabled=auth_enabled, example=example)
    return (Section("request from a terminal", preformatted(line), spoken=False),)


def revisions_table(revisions: Sequence[RevisionRecord], current: int | None) -> Table:
    """One row a revision, the newest first; the current one is marked."""
    rows: list[list[Content]] = [
        [
            str(revision.number),
            state("Running") if revision.number == current else "",
            revision.image,
            revision.provenance.user,
            when(revision.created),
        ]
        for revision in sorted(revisions, key=lambda revision: -revision.number)
    ]
    return Table(("revision", "", "image", "by", "made"), rows, figures=frozenset({"revision"}))


def _revisions(record: ServiceRecord, revisions: Sequence[RevisionRecord]) -> tuple[Look, ...]:
    if len(revisions) < 2:
        return ()
    return (Section(f"{len(revisions)} revisions", revisions_table(revisions, record.revision), spoken=False),)


def keys_card(service: str, *, regenerated: str | None = None) -> Card:
    """What `%service_keys` shows: how to use the keys, never the keys themselves."""
    said = f"the {regenerated} key is new; the old one is refused from now on" if regenerated else ""
    return Card(
        service,
        "keys",
        facts=(
            ("in Python", Cell("keys = %service_keys …, then keys.primary, keys.secondary", _keys_rich(service))),
            ("sent as", code("Authorization: Bearer KEY")),
            ("new ones", code(f"%service_keys {service} --regenerate primary")),
        ),
        below=(Note(said, "ok"),) if said else (),
    )


def _keys_rich(service: str) -> Markup:
    return join(
        el("code", f"keys = %service_keys {service}"),
        ", then ",
        el("code", "keys.primary"),
        ", ",
        el("code", "keys.secondary"),
    )
