"""Models: find, register, label, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.serverextension import kernels, shapes
from jupyter_mlops.serverextension.asked import Answer, Asked

if TYPE_CHECKING:
    from jupyter_mlops.sdk.model import Model

__all__ = ["delete", "files", "label", "register", "search", "show", "used_by"]


def search(asked: Asked) -> dict[str, Any]:
    """A page of them, newest first."""
    from jupyter_mlops.sdk.model import Model

    query = dict(asked.query)
    return shapes.page(
        lambda limit: Model.list(
            asked.workspace,
            name=query["name"],
            tags=shapes.wanted(query["tag"]),
            properties=shapes.wanted(query["property"]),
            framework=query["framework"],
            latest=query["latest"],
            limit=limit,
        ),
        lambda model: model.serialize(),
        query,
        lambda model: model.name,
    )


def _model(asked: Asked) -> Model:
    from jupyter_mlops.sdk.model import Model

    version = asked.path["version"]
    return Model(asked.workspace, asked.name, version=None if version == "latest" else int(version))


def show(asked: Asked) -> dict[str, Any]:
    """One, with what uses it."""
    model = _model(asked)
    return {**model.serialize(), "used_by": shapes.uses(model.used_by)}


def files(asked: Asked) -> dict[str, Any]:
    """Its files."""
    model = _model(asked)
    entries = asked.workspace.store.blobs.get_tree(model.digest).entries
    return {
        "items": [{"path": entry.path, "size": entry.size, "sha256": entry.sha256} for entry in entries],
        "size": model.size,
    }


def used_by(asked: Asked) -> dict[str, Any]:
    """The images and services that use it."""
    return {"items": shapes.uses(_model(asked).used_by)}


def label(asked: Asked) -> dict[str, Any]:
    """Change its tags and description, add properties."""
    model = _model(asked)
    shapes.labels(model, dict(asked.body))
    return model.serialize()


def delete(asked: Asked) -> dict[str, Any]:
    """Remove it."""
    model = _model(asked)
    model.delete()
    return {"deleted": model.id}


async def register(asked: Asked) -> Answer:
    """A file or a folder of the server's root, or a URL, becomes the next version of a name."""
    given = dict(asked.body)
    path, url = given.pop("path", None), given.pop("url", None)
    if (path is None) == (url is None):
        raise UsageError("give a path or a URL, one of them", where="body")
    if url is not None and not url.startswith(("http://", "https://")):
        raise UsageError("is no URL that can be fetched", where="body.url", hint="http://… or https://…")
    if url is not None and not given.get("sha256"):
        raise UsageError("a URL needs the checksum of its bytes", where="body.sha256", hint="sha256sum FILE says it")
    given["model_path"] = url or str(asked.running.places.there(path or ""))
    done = await kernels.do(asked, "register", given)
    return Answer({"model": done["model"], "notices": done["notices"]}, 201)
