"""A captured script is proven in a clean process, with the real scoring server, before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from jupyter_mlops.operations.assembly import manifest_of, unpack
from jupyter_mlops.operations.deployment import ImageParts
from jupyter_mlops.records import (
    CapturedScript,
    EnvironmentLock,
    Progress,
    ProofResult,
    Provenance,
    ScriptRecord,
    ServiceOptions,
)
from jupyter_mlops.registry import locks, scripts
from jupyter_mlops.services import proof
from jupyter_mlops.storage import Store

__all__ = ["prove", "prove_and_save"]


def prove(store: Store, parts: ImageParts, *, interpreter: str, progress: Progress) -> ProofResult:
    """Run `init` and the sample request of a saved script in a clean, isolated process.

    Raises `ProofError`, with the traceback at the lines of the user's cell.
    """
    return _prove(store, parts, scripts.get(store, parts.script), interpreter, progress)


def prove_and_save(
    store: Store,
    name: str,
    captured: CapturedScript,
    lock: EnvironmentLock,
    *,
    interpreter: str,
    provenance: Provenance,
    progress: Progress,
    environment_variables: Mapping[str, str] | None = None,
) -> ScriptRecord:
    """Keep the script under `name` when its proof went well; a failed proof leaves the name as it was.

    The environment variables are the proof's alone: they are kept nowhere. Raises `ProofError`.
    """
    draft = scripts.draft(store, name, captured, provenance=provenance)
    parts = ImageParts(models=captured.models, script=draft.digest, lock=locks.save(store, lock))
    options = ServiceOptions(environment_variables=dict(environment_variables or {}))
    result = _prove(store, parts, draft, interpreter, progress, options)
    return scripts.save(store, name, captured, proof=result, provenance=provenance)


def _prove(
    store: Store,
    parts: ImageParts,
    script: ScriptRecord,
    interpreter: str,
    progress: Progress,
    options: ServiceOptions | None = None,
) -> ProofResult:
    manifest = manifest_of(store, parts, script)
    ready = unpack(store, manifest, interpreter, progress, script.lines)
    result = proof.prove(
        ready.content,
        manifest,
        ready.lock,
        interpreter=ready.interpreter,
        lines=ready.lines,
        progress=progress,
        options=options,
    )
    return replace(result, lock=parts.lock)
