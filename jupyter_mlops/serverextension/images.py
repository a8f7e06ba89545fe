"""Images: find, build, compare, label, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_mlops.serverextension import kernels, shapes
from jupyter_mlops.serverextension.asked import Answer, Asked

if TYPE_CHECKING:
    from jupyter_mlops.sdk.image import Image

__all__ = ["build", "delete", "diff", "label", "log", "search", "show", "used_by"]


def search(asked: Asked) -> dict[str, Any]:
    """A page of them, newest first."""
    from jupyter_mlops.sdk.image import Image

    query = dict(asked.query)
    model = query["model"] or ""
    return shapes.page(
        lambda _limit: Image.list(
            asked.workspace,
            image_name=query["name"],
            model_name=model if model and ":" not in model else None,
            model_id=model if ":" in model else None,
            tags=shapes.wanted(query["tag"]),
            properties=shapes.wanted(query["property"]),
        ),
        lambda image: image.serialize(),
        query,
        lambda image: image.name,
    )


def _image(asked: Asked) -> Image:
    from jupyter_mlops.sdk.image import Image

    version = asked.path["version"]
    return Image(asked.workspace, asked.name, version=None if version == "latest" else int(version))


def show(asked: Asked) -> dict[str, Any]:
    """One, with its packages, its request example and what uses it."""
    image = _image(asked)
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

    image, other = _image(asked), Image(asked.workspace, id=asked.query["other"])
    return {"from": other.id, "to": image.id, "lines": other.diff(image)}


def log(asked: Asked) -> dict[str, Any]:
    """What was said while it was made."""
    operation = _image(asked).operation
    return {"lines": operation.log if operation else [], "operation": operation and operation.id}


def used_by(asked: Asked) -> dict[str, Any]:
    """The services that use it."""
    return {"items": shapes.uses(_image(asked).used_by)}


def label(asked: Asked) -> dict[str, Any]:
    """Change its tags and description, add properties."""
    image = _image(asked)
    shapes.labels(image, dict(asked.body))
    return image.serialize()


def delete(asked: Asked) -> dict[str, Any]:
    """Remove it."""
    image = _image(asked)
    image.delete()
    return {"deleted": image.id}


async def build(asked: Asked) -> Answer:
    """Freeze the next version; an operation does it."""
    done = await kernels.do(asked, "build", asked.running.places.content(asked.body))
    return Answer({"operation": done["operation"], "notices": done["notices"]}, 202)
