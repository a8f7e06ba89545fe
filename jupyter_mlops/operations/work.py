"""What each kind of operation does, stage by stage. Each stage may be run again after a runner was killed in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jupyter_mlops.errors import NotFoundError, UsageError
from jupyter_mlops.operations import assembly, bases, containers, environments, registering, scripts, secrets
from jupyter_mlops.operations.deployment import (
    ImageParts,
    Request,
    base_from_dict,
    options_from_dict,
    provenance_from_dict,
)
from jupyter_mlops.operations.forgetting import forget_cache, forget_images, records_of
from jupyter_mlops.operations.sources import forget as forget_source
from jupyter_mlops.operations.targets import target_for
from jupyter_mlops.records import (
    ImageRecord,
    OperationRecord,
    Progress,
    Provenance,
    RevisionRecord,
    ServiceOptions,
    ServiceRecord,
    ServiceSpec,
)
from jupyter_mlops.registry import images, locks, services
from jupyter_mlops.registry import scripts as script_registry
from jupyter_mlops.services import proof
from jupyter_mlops.services.target import ProbeAnswer
from jupyter_mlops.storage import Store

__all__ = ["STAGES", "WORK"]

STAGES: Mapping[str, tuple[str, ...]] = {
    "build": ("prove", "freeze"),
    "deploy": ("freeze", "prepare", "start"),
    "update": ("freeze", "prepare", "start"),
    "delete": ("stop", "forget"),
    "register": registering.STAGES,
}
"""The stages of each kind, in order, as a surface shows them before they begin."""

Result = dict[str, Any]


def _build(store: Store, operation: OperationRecord, progress: Progress) -> Result:
    if operation.subject.startswith("environment/"):
        return environments.build(store, operation, progress)
    known = operation.arguments
    progress.stage("prove")
    parts = bases.frozen(store, ImageParts.from_dict(known["parts"]), progress)
    _prove_once(store, parts, known["interpreter"], progress)
    progress.stage("freeze")
    image = assembly.freeze(
        store,
        known["name"],
        parts,
        provenance=provenance_from_dict(known["provenance"]),
        description=known["description"],
        tags=known["tags"],
        properties=known["properties"],
        operation=operation.id,
    )
    progress.log(f"image {image.id}, sha256:{image.digest[:12]}")
    return {"image": image.id}


def _prove_once(store: Store, parts: ImageParts, interpreter: str, progress: Progress) -> None:
    script = script_registry.get(store, parts.script)
    if script.proof is not None and script.proof.proven and script.proof.lock == parts.lock:
        progress.log(f"script {script.name!r} was proven in this environment")
        return
    result = scripts.prove(store, parts, interpreter=interpreter, progress=progress)
    script_registry.record_proof(store, script, result)
    progress.log("proven" if result.proven else "not proven: the script has no sample (give one with --input)")


def _deploy(store: Store, operation: OperationRecord, progress: Progress) -> Result:
    request = Request.from_dict(operation.arguments["request"])
    progress.stage("freeze")
    image = _image_of(store, request, operation.id, progress)
    progress.log(f"image {image.id}, sha256:{image.digest[:12]}")
    return _start(
        store,
        services.get(store, request.service),
        image,
        request.options,
        request.interpreter,
        request.provenance,
        progress,
    )


def _image_of(store: Store, request: Request, operation_id: str, progress: Progress) -> ImageRecord:
    if request.image is not None:
        return images.get(store, request.image)
    if request.parts is None:
        raise UsageError(f"nothing to deploy as {request.service!r}", hint="name a model or an image")
    parts = bases.frozen(store, request.parts, progress)
    return assembly.freeze(store, request.service, parts, provenance=request.provenance, operation=operation_id)


def _update(store: Store, operation: OperationRecord, progress: Progress) -> Result:
    known = operation.arguments
    service = services.get(store, known["service"])
    current = _revision(store, service, known["revision"])
    provenance = provenance_from_dict(known["provenance"])
    progress.stage("freeze")
    image = _changed_image(store, service, current, known, operation.id, provenance, progress)
    options = current.options if known["options"] is None else options_from_dict(known["options"])
    progress.log(f"image {image.id}, sha256:{image.digest[:12]}")
    rolled_back = current if known["revision"] is not None else None
    return _start(store, service, image, options, service.interpreter, provenance, progress, revision=rolled_back)


def _revision(store: Store, service: ServiceRecord, number: int | None) -> RevisionRecord:
    wanted = number if number is not None else service.revision
    known = services.revisions(store, service.name)
    for revision in known:
        if revision.number == wanted:
            return revision
    if wanted is None:
        raise NotFoundError(f"service {service.name!r} was never up", hint=f"%deploy {service.name} --overwrite …")
    numbers = ", ".join(str(revision.number) for revision in known)
    raise NotFoundError(f"service {service.name!r} has no revision {wanted}", hint=f"its revisions: {numbers}")


def _changed_image(
    store: Store,
    service: ServiceRecord,
    current: RevisionRecord,
    known: dict[str, Any],
    operation_id: str,
    provenance: Provenance,
    progress: Progress,
) -> ImageRecord:
    if known["image"] is not None:
        return images.get(store, known["image"])
    image = images.get(store, current.image)
    old = assembly.parts_of(image.manifest)
    new = ImageParts(
        models=old.models if known["models"] is None else tuple(known["models"]),
        script=known["script"] or old.script,
        lock=known["lock"] or old.lock,
        base=old.base if known.get("base", "keep") == "keep" else base_from_dict(known["base"]),
    )
    new = bases.frozen(store, new, progress)
    if new == old:
        return image
    return assembly.freeze(store, service.name, new, provenance=provenance, operation=operation_id)


def _start(
    store: Store,
    service: ServiceRecord,
    image: ImageRecord,
    options: ServiceOptions,
    preferred_python: str,
    provenance: Provenance,
    progress: Progress,
    revision: RevisionRecord | None = None,
) -> Result:
    """Bring the image up as the service's next revision (or again as an old one), and make it the desired one."""
    target = target_for(store, service)
    revealed = secrets.reveal(store.id, options)
    target.check(revealed)
    progress.stage("prepare")
    engine = getattr(target, "engine", None)  # of a target that runs containers
    if engine is None:
        said = bases.counts_only_in_a_container(image.manifest, target.kind)
        if said is not None:
            progress.log(f"warning: {said}")
        ready = assembly.unpack(store, image.manifest, preferred_python, progress)
        lock, lines, files, python, container = ready.lock, ready.lines, str(ready.content), ready.interpreter, None
    else:
        lock = locks.get(store, image.manifest.lock)
        lines = script_registry.get(store, image.manifest.script.digest).lines
        files, python = "", ""
        container = containers.render_image(store, image, progress, kind=engine).id
    revision = revision or services.add_revision(store, service.name, image.id, options, provenance)
    spec = ServiceSpec(
        service=service.name,
        revision=revision.number,
        workspace=store.name,
        image=image.id,
        manifest=image.manifest,
        lock=lock,
        content=files,
        interpreter=python,
        options=revealed,
        lines=lines,
        container=container,
    )
    warnings: list[str] = []

    def check(answer: ProbeAnswer) -> None:
        warnings.extend(proof.check_answer(answer, image.manifest))

    progress.stage("start")
    status = target.deploy(spec, progress, check)
    services.set_desired(store, service.name, revision.number)
    for warning in warnings:
        progress.log(f"warning: {warning}")
    progress.log(f"revision {revision.number} is up: {status.scoring_uri}")
    return {"image": image.id, "revision": revision.number, "scoring_uri": status.scoring_uri, "warnings": warnings}


def _delete(store: Store, operation: OperationRecord, progress: Progress) -> Result:
    service = services.get(store, operation.arguments["service"])
    progress.stage("stop")
    target, known = target_for(store, service), operation.arguments
    keep_cache = not known.get("delete_cache", True)
    target.delete(service.name, keep_data=not known.get("delete_volume", True), keep_cache=keep_cache)
    progress.stage("forget")
    revisions = services.revisions(store, service.name)
    made_of = records_of(store, (revision.image for revision in revisions))
    secrets.forget(store.id, (revision.options for revision in revisions))
    forget_source(store, service.name)
    services.delete(store, service.name)
    engine = getattr(target, "engine", None)
    forget_images(store, made_of, engine, progress, named=bool(known.get("delete_image")))
    if not keep_cache:
        forget_cache(store, made_of)
    return {}


WORK: Mapping[str, Callable[[Store, OperationRecord, Progress], Result]] = {
    "build": _build,
    "deploy": _deploy,
    "update": _update,
    "delete": _delete,
    "register": registering.register,
}
"""What a runner calls for an operation of each kind; each raises `MlopsError` and returns the operation's result."""
