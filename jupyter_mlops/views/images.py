"""How images look. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.errors import UnreadableError
from jupyter_mlops.records import EnvironmentLock, ImageManifest, ImageRecord
from jupyter_mlops.views.look import Card, Cell, Content, Look, Note, Section, Table, chips, code, when
from jupyter_mlops.views.models import origin, signature_line
from jupyter_mlops.views.words import pairs

__all__ = ["image_card", "images_table"]


def images_table(records: Sequence[ImageRecord], *, note: str | None = None) -> Table:
    """One row a version."""
    rows: list[list[Content]] = [
        [
            record.id,
            *_content(record),
            chips(record.tags),
            when(record.created),
        ]
        for record in records
    ]
    columns = ("image", "models", "script", "environment", "tags", "built")
    return Table(columns, rows, empty="no images yet", note=note)


def _content(record: ImageRecord) -> tuple[str, str, str]:
    try:
        manifest = record.manifest
    except UnreadableError as error:  # the others are shown as ever
        return error.what, "", ""
    return _models(manifest), manifest.script.name, f"Python {manifest.python}"


def _models(manifest: ImageManifest) -> str:
    return ", ".join(f"{model.name}:{model.version}" for model in manifest.models)


def image_card(record: ImageRecord, *, lock: EnvironmentLock | None = None, used_by: Sequence[str] = ()) -> Card:
    """One image: what is frozen in it."""
    manifest = record.manifest
    return Card(
        record.id,
        "image",
        facts=(
            ("description", record.description or ""),
            ("models", _models(manifest)),
            ("script", f"{manifest.script.name} ({manifest.script.digest[:12]})"),
            ("environment", _environment(manifest, lock)),
            ("input", signature_line(manifest.signature)),
            ("server", f"jupyter-mlops {manifest.scoring}"),
            ("tags", chips(record.tags)),
            ("properties", Cell(pairs(record.properties))),
            ("used by", ", ".join(used_by)),
            ("from", origin(record.provenance)),
            ("digest", code(record.digest[:12])),
            ("built", when(record.created)),
        ),
        below=_packages(lock),
    )


def _environment(manifest: ImageManifest, lock: EnvironmentLock | None) -> str:
    if lock is None:
        return f"Python {manifest.python}"
    return f"Python {manifest.python}, {len(lock.packages)} packages, from {lock.source}"


def _packages(lock: EnvironmentLock | None) -> tuple[Look, ...]:
    if lock is None:
        return ()
    rows = [(package.name, package.version, "asked for" if package.direct else "") for package in lock.packages]
    return (
        *(Note(f"differs: {line}", "warn") for line in lock.differences),
        Section("packages", Table(("package", "version", ""), rows, empty="none"), spoken=False),
    )
