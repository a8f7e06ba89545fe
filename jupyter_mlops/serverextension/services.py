"""Services: find with their live state, show, label, start."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import MlopsError, NotFoundError
from jupyter_mlops.serverextension import kernels, shapes
from jupyter_mlops.serverextension.asked import Asked, outside
from jupyter_mlops.serverextension.states import Look
from jupyter_mlops.version import __version__

if TYPE_CHECKING:
    from jupyter_mlops.records import ServiceRecord
    from jupyter_mlops.sdk.webservice import Webservice
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["label", "reload", "search", "show", "start"]


def search(asked: Asked) -> dict[str, Any]:
    """A page of those that have what is asked for, by name."""
    from jupyter_mlops.sdk.webservice import Webservice

    query = asked.query
    model_name, model_id = shapes.by_version(query["model"])
    image_name, image_id = shapes.by_version(query["image"])
    return shapes.page(
        query,
        partial(
            Webservice.list,
            asked.workspace,
            compute_type=query["target"],
            model_name=model_name,
            model_id=model_id,
            image_name=image_name,
            image_id=image_id,
            tags=shapes.wanted(query["tag"]),
            properties=shapes.wanted(query["property"]),
            part=query["q"],
            by_name=True,
        ),
        lambda found: _described(asked, found),
    )


def _described(asked: Asked, found: Sequence[Webservice]) -> list[dict[str, Any]]:
    looks, describe = asked.running.states.of(found), _Describer(asked.workspace)
    items = [_if_there(describe, service, looks[service.name]) for service in found]
    return [item for item in items if item is not None]


def show(asked: Asked) -> dict[str, Any]:
    """One, with its revisions, its request example and where it came from."""
    from jupyter_mlops.sdk.deployment_options import told_options
    from jupyter_mlops.sdk.webservice import Webservice

    service = Webservice(asked.workspace, asked.name)
    look = asked.running.states.of([service])[service.name]
    record, image, operation = service.record, service.image, service.operation
    return {
        **_Describer(asked.workspace).summary(service, look),
        "revisions": _revisions(service, record.revision),
        "options": told_options(service.options),
        "interpreter": record.interpreter,
        "provenance": shapes.provenance(record.provenance),
        "script": image and image.manifest.script.name,
        "script_digest": image and image.manifest.script.digest,
        "example": image and image.manifest.sample_input,
        "signature": _signature(service),
        "last_operation": operation and operation.serialize(),
    }


@outside
def label(asked: Asked) -> dict[str, Any]:
    """Change its tags and description, add properties."""
    from jupyter_mlops.sdk.webservice import Webservice

    shapes.labels(Webservice(asked.workspace, asked.name), dict(asked.body))
    return show(asked)


async def start(asked: Asked) -> dict[str, Any]:
    """Bring it up again; what it starts is not a child of the Jupyter server."""
    await kernels.do(asked, "start", {"name": asked.name})
    return await asked.running.in_thread(lambda: show(asked))


async def reload(asked: Asked) -> dict[str, Any]:
    """The script as it is now, into the service as it runs (of one with `hot_reload`)."""
    given = asked.running.places.content(asked.body)
    done = await kernels.do(asked, "reload", {**given, "name": asked.name})
    detail = await asked.running.in_thread(lambda: show(asked))
    return {**detail, "notices": done["notices"]}


def _revisions(service: Webservice, current: int | None) -> list[dict[str, Any]]:
    from jupyter_mlops.sdk.deployment_options import told_options

    return [
        {
            "number": revision.number,
            "image": revision.image,
            "current": revision.number == current,
            "options": told_options(revision.options),
            "provenance": shapes.provenance(revision.provenance),
            "created": revision.created.isoformat(),
        }
        for revision in reversed(service.revisions)
    ]


def _signature(service: Webservice) -> dict[str, Any] | None:
    """Of its image; where that has none, of its only model."""
    image = service.image
    if image is None:
        return None
    models = image.models
    signature = image.manifest.signature or (models[0].signature if len(models) == 1 else None)
    if signature is None:
        return None
    from dataclasses import asdict

    return asdict(signature)


def _if_there(describe: _Describer, service: Webservice, look: Look) -> dict[str, Any] | None:
    try:
        return describe.summary(service, look)
    except NotFoundError:  # deleted in this moment
        return None
    except Exception as error:  # noqa: BLE001 one that another version wrote is shown with its error, beside the others
        return describe.unreadable(service, error)


class _Describer:
    """Services of one answer: what they have in common is looked up once."""

    def __init__(self, workspace: Workspace):
        self._workspace = workspace
        self._at_work = _at_work(workspace)
        self._newer: dict[str, tuple[str, int]] = {}

    def summary(self, service: Webservice, look: Look) -> dict[str, Any]:
        """All of it. Raises `NotFoundError` when it was deleted in this moment."""
        record, image, status = service.record, service.image, look.status
        models = [] if image is None else image.model_ids
        return {
            **self._of_record(service, record),
            "state": status and status.state,
            "live": look.live,
            "error": look.error.message if look.error is not None else status and status.error,
            "details": look.error.details if look.error is not None else status and status.details,
            "differs": status and status.differs,
            "scoring_uri": status and status.scoring_uri,
            "swagger_uri": status and status.swagger_uri,
            "image": image and image.id,
            "models": models,
            "behind": [behind for model in models if (behind := self._behind(model))],
            "auth_enabled": service.auth_enabled,
        }

    def unreadable(self, service: Webservice, error: Exception) -> dict[str, Any]:
        """What can be said of a service when this version cannot read its image or its revisions."""
        told = error.message if isinstance(error, MlopsError) else f"{type(error).__name__}: {error}"
        return {
            **self._of_record(service, service._record),
            **dict.fromkeys(("state", "differs", "scoring_uri", "swagger_uri", "image")),
            "live": False,
            "error": f"this jupyter_mlops ({__version__}) cannot read it: {told}",
            "details": "".join(traceback.format_exception(error)),
            "models": [],
            "behind": [],
            "auth_enabled": True,
        }

    def _of_record(self, service: Webservice, record: ServiceRecord) -> dict[str, Any]:
        return {
            "name": record.name,
            "revision": record.revision,
            "target": service.target,
            "host": record.host,
            "description": record.description,
            "tags": dict(record.tags),
            "properties": dict(record.properties),
            "operation": self._at_work.get(f"service/{record.name}"),
            "created": record.created.isoformat(),
            "created_by": service.created_by,
            "updated": record.updated.isoformat(),
        }

    def _behind(self, model: str) -> dict[str, Any] | None:
        if model not in self._newer:
            self._newer[model] = _newer(self._workspace, model)
        newest, versions = self._newer[model]
        return {"model": model, "newest": newest, "versions": versions} if versions else None


def _newer(workspace: Workspace, model: str) -> tuple[str, int]:
    """The newest version of a model's name, and how many are newer than the given one (deleted ones do not count)."""
    from jupyter_mlops.sdk.model import Model

    name, _, text = model.partition(":")
    running = int(text)
    newest = Model.list(workspace, name=name, limit=1)
    if not newest or newest[0].version <= running:
        return model, 0
    between = Model.list(workspace, name=name, limit=newest[0].version - running)
    return newest[0].id, sum(found.version > running for found in between)


def _at_work(workspace: Workspace) -> Mapping[str, str]:
    """The operation that is at work on each subject."""
    from jupyter_mlops.sdk.operation import Operation

    found = [*Operation.list(workspace, state="Queued"), *Operation.list(workspace, state="Running")]
    return {operation.subject: operation.id for operation in found}
