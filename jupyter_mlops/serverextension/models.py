"""Models: find, register, label, delete."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.serverextension import kernels, operations, shapes
from jupyter_mlops.serverextension.asked import Answer, Asked
from jupyter_mlops.serverextension.versioned import Versioned, listed

if TYPE_CHECKING:
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["COMMON", "files", "register", "search", "show"]

_UNKNOWN: dict[str, Any] = {
    **dict.fromkeys(("version_tag", "framework", "framework_version", "signature", "run_id", "experiment_name")),
    **dict.fromkeys(("flavor", "created_by", "url"), ""),
    "size": 0,
    "requirements": [],
}


def search(asked: Asked) -> dict[str, Any]:
    """A page of them, newest first."""
    from jupyter_mlops.sdk.model import Model

    query = asked.query
    return shapes.page(
        query,
        partial(
            Model.list,
            asked.workspace,
            name=query["name"],
            part=query["q"],
            tags=shapes.wanted(query["tag"]),
            properties=shapes.wanted(query["property"]),
            framework=query["framework"],
            latest=query["latest"],
        ),
        partial(listed, unknown=_UNKNOWN),
    )


def _find(workspace: Workspace, name: str, version: int | None) -> Model:
    from jupyter_mlops.sdk.model import Model

    return Model(workspace, name, version=version)


COMMON = Versioned(_find)


def show(asked: Asked) -> dict[str, Any]:
    """One, with what uses it."""
    model = COMMON.of(asked)
    return {**model.serialize(), "used_by": shapes.uses(model.used_by)}


def files(asked: Asked) -> dict[str, Any]:
    """Its files."""
    model = COMMON.of(asked)
    entries = asked.workspace.store.blobs.get_tree(model.digest).entries
    return {
        "items": [{"path": entry.path, "size": entry.size, "sha256": entry.sha256} for entry in entries],
        "size": model.size,
    }


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
    name, _, version = operation["result"]["model"].partition(":")
    model = await asked.running.in_thread(lambda: _find(asked.workspace, name, int(version)).serialize())
    return Answer({"model": model, "operation": operation, "notices": done["notices"]}, 201)


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
