"""A changed script served at once, with no image and no revision made: quick, opt-in, and said in the state."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.operations.targets import target_for
from jupyter_mlops.records import ImageManifest, ManifestScript, Progress, ScriptRecord
from jupyter_mlops.registry import events, images, scripts, services
from jupyter_mlops.services import proof
from jupyter_mlops.services.target import NewScript, ProbeAnswer
from jupyter_mlops.storage import Store

__all__ = ["reload"]


def reload(store: Store, service: str, script: ScriptRecord, progress: Progress) -> None:
    """Put the script into what runs; it answers its sample (else the image's) before it gets traffic.

    Raises `UsageError` for a service without `hot_reload`, `ServiceError` or `ProofError` for a script that fails:
    the one before goes on serving.
    """
    known = services.get(store, service)
    if known.revision is None:
        raise ServiceError(f"service {service!r} never came up", hint="deploy it again")
    revision = next(one for one in services.revisions(store, service) if one.number == known.revision)
    manifest = _manifest(images.get(store, revision.image).manifest, script)

    def check(answer: ProbeAnswer) -> None:
        for warning in proof.check_answer(answer, manifest):
            progress.log(f"warning: {warning}")

    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-") as folder:
        scripts.download(store, script, Path(folder))
        new = NewScript(
            folder=Path(folder), script=manifest.script, lines=script.lines, sample_input=manifest.sample_input
        )
        target_for(store, known).reload(service, new, progress, check)
    said = f"script {script.name!r} was reloaded; it differs from its image until the next update"
    events.append(store, f"service/{service}", "updated", said, {"script": script.digest})


def _manifest(manifest: ImageManifest, script: ScriptRecord) -> ImageManifest:
    """The image's, with this script in the place of its own."""
    return replace(
        manifest,
        script=ManifestScript(script.name, script.digest, script.entry_script, script.source_directory),
        sample_input=script.sample_input or manifest.sample_input,
        sample_output=script.sample_output,
        has_sample_output=script.has_sample_output,
    )
