"""Models: find, register, label, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.serverextension import kernels, operations, shapes
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
    """A file or a folder of the server's root, a URL, or what a kernel captured, becomes the next version of a name.

    An operation does it. Unless it is asked for in the `background`, the answer comes when it is over.
    """
    done = await kernels.do(asked, "register", _source(asked))
    begun = {"operation": done["operation"], "notices": done["notices"]}
    if asked.body.get("background"):
        return Answer(begun, 202)
    operation = await operations.ended(asked, done["operation"]["id"])
    if operation is None:  # nobody listens any more: it goes on
        return Answer(begun, 202)
    model = await asked.running.in_thread(lambda: _found(asked, operation["result"]["model"]).serialize())
    return Answer({"model": model, "operation": operation, "notices": done["notices"]}, 201)


def _found(asked: Asked, id: str) -> Model:
    from jupyter_mlops.sdk.model import Model

    return Model(asked.workspace, id=id)


def _source(asked: Asked) -> dict[str, Any]:
    given = dict(asked.body)
    given.pop("background", None)
    path, url = given.pop("path", None), given.pop("url", None)
    if [path, url, given.get("captured")].count(None) != 2:
        raise UsageError("give path, url or captured, one of them", where="body")
    if url is not None and not url.startswith(("http://", "https://")):
        raise UsageError("is no URL that can be fetched", where="body.url", hint="http://… or https://…")
    if url is not None and not given.get("sha256"):
        raise UsageError("a URL needs the checksum of its bytes", where="body.sha256", hint="sha256sum FILE says it")
    if url is not None or path is not None:
        given["model_path"] = url or str(asked.running.places.there(path))
    return given
