"""Deploy, update, roll back, delete: what is prepared here becomes a recorded operation."""

from __future__ import annotations

import contextlib
import copy
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from jupyter_mlops.errors import NotFoundError, StorageError, UsageError
from jupyter_mlops.operations.deployment import Request
from jupyter_mlops.records import ImageRecord, ManifestBase, ModelRecord, ServiceOptions
from jupyter_mlops.sdk.deployed_service import LOCAL_TARGETS
from jupyter_mlops.sdk.deployment_options import DeploymentConfiguration
from jupyter_mlops.sdk.notices import tell_once
from jupyter_mlops.sdk.packages import covers, locked
from jupyter_mlops.sdk.preparation import model_records, prepare

if TYPE_CHECKING:
    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.webservice import Webservice
    from jupyter_mlops.sdk.workspace import Workspace
    from jupyter_mlops.storage import Store

__all__ = ["delete", "deploy", "request_for", "roll_back", "update"]


def deploy(
    workspace: Workspace,
    name: str,
    models: Sequence[Model | str],
    *,
    inference_config: InferenceConfig | None = None,
    image: Image | str | None = None,
    deployment_config: DeploymentConfiguration | None = None,
    deployment_target: object = None,
    overwrite: bool = False,
    cell: int | None = None,
) -> Webservice:
    """Prepare, record the operation, start its runner; the service is returned at once."""
    from jupyter_mlops.operations import verbs
    from jupyter_mlops.registry import services
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.webservice import Webservice

    request = request_for(
        workspace,
        name,
        models,
        inference_config=inference_config,
        image=image,
        deployment_config=deployment_config,
        deployment_target=deployment_target,
        overwrite=overwrite,
        cell=cell,
    )
    operation = verbs.deploy(workspace.store, request)
    _remember_source(workspace.store, name, inference_config)
    return Webservice._of(workspace, services.get(workspace.store, name), Operation._of(workspace, operation))


def request_for(
    workspace: Workspace,
    name: str,
    models: Sequence[Model | str],
    *,
    inference_config: InferenceConfig | None = None,
    image: Image | str | None = None,
    deployment_config: DeploymentConfiguration | None = None,
    deployment_target: object = None,
    overwrite: bool = False,
    cell: int | None = None,
) -> Request:
    """The deployment as the operations record it; `operations.plan.plan_deploy(store, request)` shows it.

    Raises `InvalidNameError`, `UsageError`, `NotFoundError`, `CaptureError`, `RequirementError`.
    """
    from jupyter_mlops.capture.provenance import provenance
    from jupyter_mlops.registry.names import check_service_name

    check_service_name(name)
    config = deployment_config or DeploymentConfiguration()
    kind, attached = _target(workspace.store, name, config, deployment_target)
    origin = provenance(cell=cell)
    request = Request(
        service=name,
        image=None if image is None else _image_record(workspace.store, image).id,
        target=kind,
        target_name=attached,
        options=config.options,
        description=config.description or (inference_config.description if inference_config else None),
        tags=config.tags,
        properties=config.properties,
        overwrite=overwrite,
        interpreter=sys.executable,
        provenance=origin,
    )
    if image is not None:
        return request
    prepared = prepare(workspace, name, models, inference_config, origin)
    return replace(
        request, parts=prepared.parts, options=_with_variables(config.options, prepared.environment_variables)
    )


def update(
    service: Webservice,
    image: Image | str | None,
    models: Sequence[Model | str] | None,
    config: InferenceConfig | None,
    options: ServiceOptions | None,
) -> Operation:
    """Record what is to be replaced; what is None stays."""
    from jupyter_mlops.capture.provenance import provenance
    from jupyter_mlops.operations import verbs
    from jupyter_mlops.sdk.operation import Operation

    store, origin = service.workspace.store, provenance()
    if image is not None and (models is not None or config is not None):
        raise UsageError("an image has its models and its script", hint="give image alone, or models and script")
    references: tuple[str, ...] | None = None
    script = lock = None
    base: ManifestBase | Literal["keep"] = "keep"
    if config is not None:
        asked = _with_script_of(service, config)
        prepared = prepare(service.workspace, service.name, _kept_models(service, models), asked, origin)
        references, script, lock = prepared.parts.models, prepared.parts.script, prepared.parts.lock
        base = prepared.parts.base or "keep"
        if asked is not config and not config.says_packages:
            lock = None if models is None else _new_models(service, models)[1]
        options = _with_variables(options or service.options, prepared.environment_variables)
    elif models is not None:
        references, lock = _new_models(service, models)
    record = verbs.update(
        store,
        service.name,
        image=None if image is None else _image_record(store, image).id,
        models=references,
        script=script,
        lock=lock,
        base=base,
        options=options,
        provenance=origin,
    )
    if config is not None:
        _remember_source(store, service.name, config)
    return Operation._of(service.workspace, record)


def roll_back(service: Webservice, revision: int | None) -> Operation:
    """Record the way back to a revision, by default the one made before the current one."""
    from jupyter_mlops.capture.provenance import provenance
    from jupyter_mlops.operations import verbs
    from jupyter_mlops.sdk.operation import Operation

    numbers = [record.number for record in service.revisions]
    before = [number for number in numbers if number < (service.revision or 0)]
    wanted = revision if revision is not None else max(before, default=None)
    if wanted is None:
        raise UsageError(f"service {service.name!r} has no revision before the current one")
    if wanted not in numbers:
        raise UsageError(
            f"service {service.name!r} has no revision {wanted}", hint=f"revisions: {', '.join(map(str, numbers))}"
        )
    record = verbs.update(service.workspace.store, service.name, revision=wanted, provenance=provenance())
    return Operation._of(service.workspace, record)


def delete(service: Webservice, **what: bool) -> None:
    """Delete a service, with what `verbs.delete_service` is told to take along, and wait until it is gone."""
    from jupyter_mlops.operations import verbs
    from jupyter_mlops.sdk.operation import Operation

    operation = Operation._of(service.workspace, verbs.delete_service(service.workspace.store, service.name, **what))
    operation.wait()
    for line in operation.log:
        if " is used by " in line or " stays: " in line:  # an image that was to go, with whoever runs it
            tell_once(line)


# ── the pieces ──


def _remember_source(store: Store, name: str, config: InferenceConfig | None) -> None:
    """Where the script is, for `reload`. The operation is at work already: that nothing can be noted is said alone."""
    from jupyter_mlops.operations import sources

    try:
        if config is None:
            sources.forget(store, name)
        else:
            sources.remember(store, name, config.entry_script, config.source_directory)
    except StorageError as error:
        tell_once(f"{name}: reload() will not know its files: {error.message}")


def _target(
    store: Store, name: str, config: DeploymentConfiguration, deployment_target: object
) -> tuple[str, str | None]:
    """The kind of target, and the name of an attached one."""
    from jupyter_mlops import plugins
    from jupyter_mlops.registry import targets
    from jupyter_mlops.sdk.compute import ComputeTarget

    if deployment_target is None:
        return (
            "process" if config.target is None else _local(store, name) if config.target == "local" else config.target
        ), None
    wanted = deployment_target.name if isinstance(deployment_target, ComputeTarget) else str(deployment_target)
    if wanted == "local":
        return _local(store, name), None
    kind, attached = (wanted, None) if wanted in plugins.names("targets") else (targets.get(store, wanted).kind, wanted)
    if config.target not in (None, kind) and not (config.target == "local" and kind in ("process", "docker")):
        raise UsageError(
            f"the options are those of {config.target!r} and the target is {kind!r}",
            hint="use the deploy_configuration of the target's own class",
        )
    return kind, attached


def _local(store: Store, name: str) -> str:
    """Where the service is, when it is there; else Docker when an engine answers, processes when none does; said."""
    from jupyter_mlops.docker_client import answers
    from jupyter_mlops.registry import services

    with contextlib.suppress(NotFoundError):
        there = services.get(store, name).target
        if there in LOCAL_TARGETS:
            return there
    if answers():
        tell_once(f"LocalWebservice: {name!r} runs in Docker, whose engine answers", key=f"LocalWebservice {name}")
        return "docker"
    tell_once(
        "LocalWebservice: no Docker engine answers, so services of this machine run as processes, "
        f"without a container ({name!r} and those after it)",
        key="LocalWebservice",
    )
    return "process"


def _image_record(store: Store, image: Image | str) -> ImageRecord:
    from jupyter_mlops.registry import images

    return images.get(store, image if isinstance(image, str) else image.id)


def _with_variables(options: ServiceOptions, variables: dict[str, str]) -> ServiceOptions:
    """The environment's variables, under those of the deployment."""
    return replace(options, environment_variables={**variables, **options.environment_variables})


def _with_script_of(service: Webservice, config: InferenceConfig) -> InferenceConfig:
    """The configuration, with the service's own script where it names none."""
    image = service.image
    if config.entry_script is not None or config.script is not None or image is None:
        return config
    asked = copy.copy(config)
    asked.script = image.script
    return asked


def _kept_models(service: Webservice, models: Sequence[Model | str] | None) -> Sequence[Model | str]:
    return service.models if models is None else models


def _new_models(service: Webservice, models: Sequence[Model | str]) -> tuple[tuple[str, ...], str | None]:
    """Each takes the place of the model of its name; also the lock, when the old one does not cover them.

    Raises `UsageError` for a model of another name: the script, which stays, would not load it.
    """
    store = service.workspace.store
    image = service.image
    if image is None:
        raise UsageError(f"service {service.name!r} never came up", hint="deploy it again")
    new = {record.name: record for record in model_records(store, models)}
    old = {model.name: model._record for model in image.models}
    strangers = sorted(set(new) - set(old))
    if strangers:
        raise UsageError(
            f"the script of {service.name!r} loads {', '.join(sorted(old)) or 'no model'}, not {strangers[0]!r}",
            hint="give a script for it too: service.update(models=[…], inference_config=InferenceConfig(…))",
        )
    together = [new.get(name, record) for name, record in old.items()]
    return tuple(record.id for record in together), _lock_for(service, image, together)


def _lock_for(service: Webservice, image: Image, models: Sequence[ModelRecord]) -> str | None:
    """A new lock when the image's came from a kernel and lacks what the models need; None when the old one stays."""
    from jupyter_mlops.registry import locks

    store = service.workspace.store
    lock = locks.get(store, image.manifest.lock)
    if covers(lock, models):
        return None
    if lock.source != "kernel":
        tell_once(
            f"the environment of service {service.name!r} was given ({lock.source}) and has not all that "
            f"{', '.join(model.id for model in models)} were made with; it stays as it was given"
        )
        return None
    return locks.save(store, locked(store, image.script.record.imports, models))
