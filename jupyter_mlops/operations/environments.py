"""Making an environment's base and packages in an engine ahead of any image."""

from __future__ import annotations

from typing import Any

from jupyter_mlops.images.environment_container import EnvironmentContainer
from jupyter_mlops.operations import ahead, bases
from jupyter_mlops.operations.deployment import base_from_dict
from jupyter_mlops.operations.inputs import inputs_now
from jupyter_mlops.records import ManifestBase, OperationRecord, Progress
from jupyter_mlops.registry import experiments, locks
from jupyter_mlops.services.process.machine import MachineFolder
from jupyter_mlops.storage import Store

__all__ = ["STAGES", "build"]

STAGES = ("base", "packages")


def build(store: Store, operation: OperationRecord, progress: Progress) -> dict[str, Any]:
    """What a runner does for `verbs.build_environment`; the tag of what was made, and the frozen base.

    Raises `ImageError`, `RequirementError`, `ServiceError` when no engine answers.
    """
    known = operation.arguments
    lock = locks.get(store, known["lock"])
    engine = bases.engine_named("docker")
    progress.stage("base")
    wanted = base_from_dict(known["base"]) or ManifestBase()
    frozen, base = bases.resolved(store, engine, wanted, lock.python, progress)
    progress.stage("packages")
    with MachineFolder(store.id).scratch("environment-") as folder:
        inputs = inputs_now(store, known["lock"], lock, base, progress)
        container = EnvironmentContainer(known["name"], lock, store.blobs, base, inputs)
        built = engine.find(container) or engine.load(container, folder, progress)
    ahead.note(store, built.id)
    progress.log(f"environment {known['name']}: {built.tag}")
    if known["run"] is not None:
        experiments.name_image(store, known["run"], built.tag)
    return {"image": built.tag, "base": frozen.reference, "digest": frozen.digest or frozen.id}
