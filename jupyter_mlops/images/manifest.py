"""What an image is: models, a script and a locked environment, frozen under one digest. Purely computational."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.images import layout
from jupyter_mlops.records import (
    ColumnSpec,
    EnvironmentLock,
    ImageManifest,
    ManifestBase,
    ManifestModel,
    ManifestScript,
    ModelRecord,
    ScriptRecord,
    Signature,
)

__all__ = ["from_dict", "make"]


def make(
    models: Sequence[ModelRecord],
    script: ScriptRecord,
    lock_digest: str,
    lock: EnvironmentLock,
    *,
    scoring_version: str,
    base: ManifestBase | None = None,
) -> ImageManifest:
    """The manifest of these parts; the same parts in another order have the same digest.

    `lock_digest` is the blob of `lock`; `base` is None for the default one. The signature is the model's own when
    there is exactly one model. Raises `UsageError` when two versions of one model are asked for.
    """
    frozen = tuple(sorted((_frozen(model) for model in models), key=lambda model: (model.name, model.version)))
    for one, other in pairwise(frozen):
        if one.name == other.name:
            raise UsageError(
                f"two versions of the model {one.name!r} in one image ({one.version} and {other.version})",
                hint="name one of them",
            )
    return ImageManifest(
        models=frozen,
        script=ManifestScript(
            name=script.name,
            digest=script.digest,
            entry_script=script.entry_script,
            source_directory=_source_directory(script.source_directory),
        ),
        lock=lock_digest,
        python=lock.python,
        scoring=scoring_version,
        signature=_signature_of(models),
        sample_input=script.sample_input,
        sample_output=script.sample_output,
        has_sample_output=script.has_sample_output,
        base=base,
    )


def _signature_of(models: Sequence[ModelRecord]) -> Signature | None:
    """Without the figures of the training data: an image goes to places where they have no business."""
    signature = models[0].signature if len(models) == 1 else None
    return None if signature is None else replace(signature, profile=())


def _frozen(model: ModelRecord) -> ManifestModel:
    return ManifestModel(name=model.name, version=model.version, digest=model.digest)


def _source_directory(name: str) -> str:
    """The name of one folder beside the models', whatever the script's folder was called."""
    taken = name in ("", ".", "..") or "/" in name or f"{layout.APP}/{name}" == layout.MODELS
    return "source" if taken else name


def from_dict(document: dict[str, Any]) -> ImageManifest:
    """The manifest from its `asdict`, as `manifest.json` and the database keep it. Raises `KeyError`, `TypeError`."""
    known = dict(document)
    known["models"] = tuple(ManifestModel(**model) for model in document["models"])
    known["script"] = ManifestScript(**document["script"])
    known["base"] = document.get("base") and ManifestBase(**document["base"])
    known["signature"] = document.get("signature") and _signature(document["signature"])
    return ImageManifest(**known)


def _signature(document: dict[str, Any]) -> Signature:
    known = {name: value for name, value in document.items() if name != "profile"}
    known["columns"] = tuple(ColumnSpec(**column) for column in document["columns"])
    known["shape"] = tuple(document["shape"])
    return Signature(**known)
