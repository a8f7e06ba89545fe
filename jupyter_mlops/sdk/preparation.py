"""What happens in the kernel before an operation is recorded: models found, the script kept, packages locked."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.errors import UsageError
from jupyter_mlops.operations.deployment import ImageParts
from jupyter_mlops.records import CapturedScript, EnvironmentLock, ModelRecord, Provenance, ScriptRecord
from jupyter_mlops.sdk.notices import say_once
from jupyter_mlops.sdk.packages import covers, locked

if TYPE_CHECKING:
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.workspace import Workspace
    from jupyter_mlops.storage import Store

__all__ = ["Prepared", "model_records", "prepare", "say_warnings", "script_of", "variables_of"]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The parts of an image, all in the workspace by now, and what the environment adds to the service's."""

    parts: ImageParts
    environment_variables: dict[str, str] = field(default_factory=dict)


def prepare(
    workspace: Workspace,
    name: str,
    models: Sequence[Model | str],
    config: InferenceConfig | None,
    provenance: Provenance,
) -> Prepared:
    """Everything that the service or image `name` is made of.

    No models: those that the config's script names. No script: the one that the only model's framework brings.
    Raises `UsageError`, `NotFoundError`, `CaptureError` (a script without `init` or `run`), `RequirementError`.
    """
    from jupyter_mlops.registry import locks

    store = workspace.store
    found = model_records(store, models)
    script = script_of(store, name, found, config, provenance)
    found = found or model_records(store, script.models)
    lock = _lock(store, script, found, config)
    return Prepared(
        parts=ImageParts(
            models=tuple(model.id for model in found),
            script=script.digest,
            lock=lock,
            base=None if config is None else config.container_base().manifest(store, locks.get(store, lock).python),
        ),
        environment_variables=variables_of(config),
    )


def model_records(store: Store, models: Sequence[Model | str]) -> list[ModelRecord]:
    """The records of `Model`s, `name:version` or `name` (the newest). Raises `NotFoundError`, `UsageError`."""
    from jupyter_mlops.operations.assembly import models_of
    from jupyter_mlops.sdk.model import Model

    if isinstance(models, (str, Model)):
        raise UsageError("models is a list", hint="[model]")
    return models_of(store, tuple(model.id if isinstance(model, Model) else str(model) for model in models))


def script_of(
    store: Store, name: str, models: Sequence[ModelRecord], config: InferenceConfig | None, provenance: Provenance
) -> ScriptRecord:
    """The script of a config, kept in the workspace; with none the one that the only model's framework brings."""
    from jupyter_mlops.registry import scripts
    from jupyter_mlops.sdk.script import Script

    if config is not None and config.script is not None:
        return config.script.record if isinstance(config.script, Script) else scripts.get(store, config.script)
    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-") as folder:
        if config is not None and config.entry_script is not None:
            from jupyter_mlops.capture.scripts import script_from_file

            captured = script_from_file(
                config.entry_script, config.source_directory, Path(folder), own_environment=config.says_packages
            )
            say_warnings(captured)
        else:
            from jupyter_mlops.capture.scripts import script_for_model

            model = _only_model(models)
            captured = script_for_model(model.flavor, model.name, model.signature, Path(folder))
        return scripts.save(store, name, captured, proof=None, provenance=provenance)


def _only_model(models: Sequence[ModelRecord]) -> ModelRecord:
    if len(models) == 1:
        return models[0]
    what = "several models" if models else "no model"
    raise UsageError(f"{what} and no entry script", hint="InferenceConfig(entry_script=…) or script=…")


def _lock(store: Store, script: ScriptRecord, models: Sequence[ModelRecord], config: InferenceConfig | None) -> str:
    """The digest of the lock: the one that the script was proven in, where nothing asks for another."""
    from jupyter_mlops.registry import locks

    asked = config is not None and config.says_packages
    if not asked and script.proof is not None and script.proof.lock is not None:
        proven: EnvironmentLock = locks.get(store, script.proof.lock)
        if covers(proven, models):
            return script.proof.lock
    return locks.save(store, locked(store, script.imports, models, config))


def say_warnings(captured: CapturedScript) -> None:
    """What is worth a look in a captured script, as one warning."""
    if captured.warnings:
        say_once("; ".join(captured.warnings), stacklevel=4)


def variables_of(config: InferenceConfig | None) -> dict[str, str]:
    """The environment variables that the config's environment sets."""
    environment = None if config is None else config.environment
    return {} if environment is None else dict(environment.environment_variables)
