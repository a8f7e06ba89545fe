"""The magics that list, follow and delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.magics.session import Call, current_workspace, go_to
from jupyter_mlops.views import listings, live
from jupyter_mlops.views.look import Note
from jupyter_mlops.views.progress import shown
from jupyter_mlops.views.screen import Screen

if TYPE_CHECKING:
    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.webservice import Webservice
    from jupyter_mlops.sdk.workspace import Workspace
    from jupyter_mlops.views.listings import Listing

__all__ = [
    "delete_image",
    "delete_model",
    "delete_service",
    "images",
    "models",
    "operations",
    "services",
    "workspace",
]

_MODELS = 50
_OPERATIONS = 20


def models(call: Call) -> Listing[Model]:
    """`%models`."""
    from jupyter_mlops.sdk.model import Model

    given = call.given
    limit = given.get("limit", _MODELS)
    found = Model.list(
        call.workspace,
        name=given.argument,
        tags=given.get("tag"),
        properties=given.get("property"),
        framework=given.get("framework"),
        run_id=given.get("run_id"),
        latest=bool(given.get("latest")),
        limit=limit + 1,
    )
    note = f"the newest {limit}; --limit N shows more" if len(found) > limit else None
    return listings.models_listing(found[:limit], note=note).of_a_search(not given.nothing)


def images(call: Call) -> Listing[Image]:
    """`%images`."""
    from jupyter_mlops.sdk.image import Image

    given = call.given
    found = Image.list(
        call.workspace,
        image_name=given.argument,
        tags=given.get("tag"),
        properties=given.get("property"),
        **_reference(given.get("model"), "model"),
    )
    return listings.images_listing(found).of_a_search(not given.nothing)


def services(call: Call) -> Listing[Webservice]:
    """`%services`."""
    from jupyter_mlops.sdk.webservice import Webservice

    given, workspace = call.given, call.workspace

    def find() -> list[Webservice]:
        return Webservice.list(
            workspace,
            name=given.argument,
            compute_type=given.get("target"),
            tags=given.get("tag"),
            properties=given.get("property"),
            **_reference(given.get("model"), "model"),
            **_reference(given.get("image"), "image"),
        )

    return listings.services_listing(find).of_a_search(not given.nothing)


def _reference(typed: str | None, noun: str) -> dict[str, Any]:
    """`name` or `name:version`, as the sdk's searches take them."""
    if typed is None:
        return {}
    return {f"{noun}_id": typed} if ":" in typed else {f"{noun}_name": typed}


def operations(call: Call) -> Listing[Operation] | Operation | None:
    """`%operations`: a list; one that is over; or one that runs, followed until it is over."""
    from jupyter_mlops.sdk.operation import Operation

    given = call.given
    if "cancel" in given.options:
        if given.argument is not None and given.argument != given.get("cancel"):
            raise UsageError("two operations are named", hint=f"%operations --cancel {given.get('cancel')}")
        operation = Operation(call.workspace, given.get("cancel"))
        operation.cancel()
        _say(f"operation {operation.id} is asked to stop: %operations {operation.id} shows how it ends")
        return None
    if given.argument is None:
        limit = given.get("limit", _OPERATIONS)
        return listings.operations_listing(Operation.list(call.workspace, state=given.get("state"), limit=limit))
    operation = Operation(call.workspace, given.argument)
    if operation.state not in ("Queued", "Running"):
        return operation
    live.follow(operation)
    return None


def _say(line: str, screen: Screen | None = None) -> None:
    screen = screen or Screen()
    screen.show(Note(line))
    screen.say(line)


def delete_service(call: Call) -> None:
    """`%delete_service`."""
    from jupyter_mlops.sdk.webservice import Webservice
    from jupyter_mlops.views import monitoring

    service = Webservice(call.workspace, call.given.name)
    monitoring.stop(service.name)
    screen = Screen()
    with shown(f"delete {service.name}", screen):
        service.delete(
            delete_image=bool(call.given.get("delete_image")),
            delete_cache=call.given.get("delete_cache", True),
            delete_volume=call.given.get("delete_volume", True),
        )
    _say(f"service {service.name} is deleted", screen)


def delete_image(call: Call) -> None:
    """`%delete_image`."""
    from jupyter_mlops.sdk.image import Image

    image = Image(call.workspace, id=_with_version(call))
    image.delete()
    _say(f"image {image.id} is deleted; its number is not used again")


def delete_model(call: Call) -> None:
    """`%delete_model`."""
    from jupyter_mlops.sdk.model import Model

    model = Model(call.workspace, id=_with_version(call))
    model.delete()
    _say(f"model {model.id} is deleted; its number is not used again")


def _with_version(call: Call) -> str:
    """What is deleted is said with its version: the newest one is not meant by accident."""
    name = call.given.name
    if ":" not in name:
        raise UsageError(f"which version of {name!r}?", hint=f"%{call.given.verb.name} {name}:1")
    return name


def workspace(call: Call) -> Workspace:
    """`%workspace`."""
    location = call.given.argument
    return current_workspace() if location is None else go_to(location)
