"""Images: find, build, compare, label, delete."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_mlops.serverextension import kernels, shapes
from jupyter_mlops.serverextension.asked import Answer, Asked
from jupyter_mlops.serverextension.versioned import Versioned, listed

if TYPE_CHECKING:
    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["COMMON", "build", "diff", "log", "search", "show"]

_UNKNOWN: dict[str, Any] = {
    "models": [],
    "script": "",
    "python": "",
    "environment": "",
    "operation": None,
    "creation_state": "Succeeded",
}


def search(asked: Asked) -> dict[str, Any]:
    """A page of them, newest first."""
    from jupyter_mlops.sdk.image import Image

    query = asked.query
    model_name, model_id = shapes.by_version(query["model"])
    return shapes.page(
        query,
        partial(
            Image.list,
            asked.workspace,
            image_name=query["name"],
            part=query["q"],
            model_name=model_name,
            model_id=model_id,
            tags=shapes.wanted(query["tag"]),
            properties=shapes.wanted(query["property"]),
        ),
        partial(listed, unknown=_UNKNOWN),
    )


def _find(workspace: Workspace, name: str, version: int | None) -> Image:
    from jupyter_mlops.sdk.image import Image

    return Image(workspace, name, version=version)


COMMON = Versioned(_find)


def show(asked: Asked) -> dict[str, Any]:
    """One, with its packages, its request example and what uses it."""
    image = COMMON.of(asked)
    return {
        **image.serialize(),
        "packages": image.environment,
        "script_digest": image.manifest.script.digest,
        "example": image.manifest.sample_input,
        "used_by": shapes.uses(image.used_by),
    }


def diff(asked: Asked) -> dict[str, Any]:
    """What changes from the other one to this one."""
    from jupyter_mlops.sdk.image import Image

    image, other = COMMON.of(asked), Image(asked.workspace, id=asked.query["other"])
    return {"from": other.id, "to": image.id, "lines": other.diff(image)}


def log(asked: Asked) -> dict[str, Any]:
    """What was said while it was made."""
    operation = COMMON.of(asked).operation
    return {"lines": operation.log if operation else [], "operation": operation and operation.id}


async def build(asked: Asked) -> Answer:
    """Freeze the next version; an operation does it."""
    done = await kernels.do(asked, "build", asked.running.places.content(asked.body))
    return Answer({"operation": done["operation"], "notices": done["notices"]}, 202)
