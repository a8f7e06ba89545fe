"""Tells IPython how the nouns of `sdk` look. A type is named, not imported; its view is imported when it is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import MlopsError

if TYPE_CHECKING:
    from IPython.core.formatters import DisplayFormatter

    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.requests import TestResult
    from jupyter_mlops.sdk.script import Script
    from jupyter_mlops.sdk.webservice import Webservice
    from jupyter_mlops.sdk.workspace import Workspace
    from jupyter_mlops.views.look import Bundle, Card, Look

__all__ = ["bundle_of", "look_of", "register"]


def register(formatter: DisplayFormatter) -> None:
    """Teach a shell's display formatter; costs nothing until one of the types is shown."""
    for module, name in _LOOKS:
        formatter.mimebundle_formatter.for_type_by_name(f"jupyter_mlops.sdk.{module}", name, bundle_of)


def bundle_of(noun: Any) -> Bundle:
    """A noun of the sdk as a mimebundle; one that is gone by now, or out of reach, as its text repr."""
    from jupyter_mlops.views.look import Cell, bundle

    try:
        return bundle(look_of(noun))
    except MlopsError:
        return bundle(Cell(repr(noun)))


def look_of(noun: Any) -> Look:
    """The look of a noun of the sdk. Raises `TypeError` for anything else."""
    for kind in type(noun).__mro__:
        module = kind.__module__.removeprefix("jupyter_mlops.sdk.")
        if (module, kind.__name__) in _LOOKS:
            return _LOOKS[module, kind.__name__](noun)
    raise TypeError(f"no view for {type(noun).__name__}")


def _model(model: Model) -> Card:
    from jupyter_mlops.views.models import model_card

    return model_card(model._record, used_by=model.used_by)


def _script(script: Script) -> Card:
    from jupyter_mlops.views.scripts import script_card

    return script_card(script.record, script.source)


def _image(image: Image) -> Look:
    from jupyter_mlops.registry import images, locks
    from jupyter_mlops.views.images import image_card

    operation = image.operation
    if image._record is None and operation is not None and operation.state != "Succeeded":
        return _operation(operation)
    store, record = image.workspace.store, image.record
    return image_card(record, lock=locks.get(store, record.manifest.lock), used_by=images.users(store, record))


def _service(service: Webservice) -> Card:
    from jupyter_mlops.views.listings import status_of
    from jupyter_mlops.views.services import service_card

    image = service.image
    return service_card(
        service.record,
        status_of(service),
        models=[model.id for model in service.models],
        image=None if image is None else image.id,
        auth_enabled=service.auth_enabled,
        example=None if image is None else image.manifest.sample_input,
        revisions=service.revisions,
    )


def _operation(operation: Operation) -> Look:
    from jupyter_mlops.views.operations import OperationLook

    return OperationLook(operation.record, operation.events(), datetime.now(UTC))


def _answer(result: TestResult) -> Card:
    from jupyter_mlops.views.answers import answer_card

    body = result.body if isinstance(result.body, str) else f"{len(result.body)} bytes"
    kind = next((text for name, text in result.headers.items() if name.lower() == "content-type"), "")
    return answer_card(
        result.service,
        status=result.status,
        elapsed_ms=result.milliseconds,
        value=result.answer,
        warnings=[text for name, text in result.headers.items() if name.lower() == "x-mlops-warning"],
        wanted=result.wanted,
        body=body or None,
        request_id=next((text for name, text in result.headers.items() if name.lower() == "x-ms-request-id"), None),
        image=(kind.partition(";")[0], result.raw) if kind.startswith("image/") and result.raw else None,
    )


def _workspace(workspace: Workspace) -> Card:
    from jupyter_mlops.sdk.lineage import lineage
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.views.lineage import LineageLook
    from jupyter_mlops.views.listings import services_look, status_of
    from jupyter_mlops.views.operations import operations_table
    from jupyter_mlops.views.workspace import workspace_card

    graph = lineage(workspace)
    services = list(graph.services)
    running = [operation.record for operation in Operation.list(workspace, state="Running")]
    return workspace_card(
        workspace.name,
        workspace.location,
        chosen_by=workspace.get_details().get("chosen_by"),
        counts={"models": len(workspace.models), "images": len(workspace.images), "services": len(services)},
        lineage=LineageLook(graph, {service.name: status_of(service) for service in services}),
        services=services_look(services),
        running=operations_table(running),
    )


#: (module of `sdk`, type) → its look.
_LOOKS: dict[tuple[str, str], Callable[[Any], Look]] = {
    ("model", "Model"): _model,
    ("script", "Script"): _script,
    ("image", "Image"): _image,
    ("webservice", "Webservice"): _service,
    ("operation", "Operation"): _operation,
    ("requests", "TestResult"): _answer,
    ("workspace", "Workspace"): _workspace,
}
