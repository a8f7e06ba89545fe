"""Entry scripts: kept by content hash, findable by name. The newest of a name counts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.errors import NotFoundError, StorageError
from jupyter_mlops.records import CapturedScript, FileTree, ProofResult, Provenance, ScriptRecord
from jupyter_mlops.registry.names import check_script_name, not_found

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = ["download", "draft", "files", "get", "names", "record_proof", "save", "search"]

_DIGEST = re.compile(r"[0-9a-f]{64}")


def save(
    store: Store, name: str, captured: CapturedScript, *, proof: ProofResult | None, provenance: Provenance
) -> ScriptRecord:
    """Keep the script's files, and a row under `name`. The very same script again is the row that is there.

    Raises `InvalidNameError`, `StorageError`.
    """
    check_script_name(name)
    folder = Path(captured.folder)
    tree = store.blobs.put_tree(folder)
    while True:
        with store.transaction():
            if not store.blobs.missing(_digests(tree)):
                return _save_row(store, _record(name, captured, tree, proof, provenance), _digests(tree))
        tree = store.blobs.put_tree(folder)  # another process has just freed one of the files


def draft(store: Store, name: str, captured: CapturedScript, *, provenance: Provenance) -> ScriptRecord:
    """The record that `save` would keep: the files are in the blobs (and go when nobody saves them), no row is made.

    Raises `InvalidNameError`, `StorageError`.
    """
    check_script_name(name)
    return _record(name, captured, store.blobs.put_tree(Path(captured.folder)), None, provenance)


def get(store: Store, name_or_digest: str) -> ScriptRecord:
    """The newest script of that name, or of that content. Raises `NotFoundError` naming near ones."""
    record = store.scripts.by_name(name_or_digest)
    if record is None and _DIGEST.fullmatch(name_or_digest):
        record = store.scripts.by_digest(name_or_digest)
    if record is None:
        raise not_found("script", name_or_digest, store.scripts.names(), hint="%%score_script NAME makes one of a cell")
    return record


def search(
    store: Store, *, name: str | None = None, part: str | None = None, limit: int | None = None, offset: int = 0
) -> list[ScriptRecord]:
    """The newest of each name, newest first; with `name`, every one that it ever was. `part` is looked for in the
    names, capitals or not. At most `limit`, after the first `offset`.
    """
    return store.scripts.search(name=name, part=part, limit=limit, offset=offset)


def names(store: Store) -> list[str]:
    """Every name, in order."""
    return store.scripts.names()


def record_proof(store: Store, record: ScriptRecord, proof: ProofResult) -> ScriptRecord:
    """What the script answered in a clean process. Raises `NotFoundError` when the script is gone."""
    with store.transaction():
        if store.scripts.by_digest(record.digest, record.name) is None:
            raise NotFoundError(f"no script {record.name!r} of that content any more")
        store.scripts.save_proof(record.name, record.digest, proof)
        said = "proven" if proof.proven else "not proven: no sample was given"
        store.events.append(f"script/{record.name}", "updated", said)
    return replace(record, proof=proof)


def files(store: Store, record: ScriptRecord) -> FileTree:
    """Its files. Raises `StorageError` when their list is corrupt or gone."""
    return store.blobs.get_tree(record.digest)


def download(store: Store, record: ScriptRecord, folder: Path) -> Path:
    """Write its files under `folder`; returns the path of the entry script. Raises `StorageError`."""
    try:
        store.blobs.fetch_tree(record.digest, folder)
    except StorageError as error:
        raise StorageError(f"the script {record.name}: {error.what}", where=error.where, hint=error.hint) from error
    return folder / record.entry_script


def _record(
    name: str, captured: CapturedScript, tree: FileTree, proof: ProofResult | None, provenance: Provenance
) -> ScriptRecord:
    return ScriptRecord(
        name=name,
        digest=tree.digest,
        entry_script=captured.entry_script,
        source_directory=captured.source_directory,
        models=captured.models,
        imports=captured.imports,
        lines=captured.lines,
        sample_input=captured.sample_input,
        sample_output=captured.sample_output,
        has_sample_output=captured.has_sample_output,
        proof=proof,
        provenance=provenance,
        created=datetime.now(UTC),
    )


def _save_row(store: Store, record: ScriptRecord, digests: set[str]) -> ScriptRecord:
    newest = store.scripts.by_name(record.name)
    if newest is not None and _same(newest, record):
        return newest
    store.scripts.insert(record)
    store.references.add(f"script/{record.digest}", digests)
    store.events.append(f"script/{record.name}", "registered", f"saved by {record.provenance.user}")
    return record


def _same(one: ScriptRecord, other: ScriptRecord) -> bool:
    """All but when and by whom."""
    return replace(one, created=other.created, provenance=other.provenance) == other


def _digests(tree: FileTree) -> set[str]:
    return {tree.digest, *(entry.sha256 for entry in tree.entries)}
