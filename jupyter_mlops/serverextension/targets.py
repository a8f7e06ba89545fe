"""Where a service can run, and the form of its options: made from the target's own schema, a third party's too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_mlops import plugins
from jupyter_mlops.errors import MlopsError, ServiceError
from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.serverextension.asked import Asked
from jupyter_mlops.views.verbs import verb

if TYPE_CHECKING:
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["DEFAULT", "Capabilities", "Known", "capabilities", "explained", "find", "search"]

DEFAULT = "process"
"""Where a deployment goes that names none."""


class Capabilities(Protocol):
    """What a target says of itself."""

    @property
    def options(self) -> frozenset[str]: ...

    @property
    def schema(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Known:
    """A target by the name that is said: a kind, or an attached one."""

    name: str
    kind: str
    configuration: Mapping[str, Any]
    attached: bool


def _known(workspace: Workspace) -> list[Known]:
    """The kinds, then the attached ones."""
    from jupyter_mlops.sdk.compute import ComputeTarget

    attached = [
        Known(target.name, target.kind, target.serialize()["configuration"], attached=True)
        for target in ComputeTarget.list(workspace)
    ]
    return [*(Known(kind, kind, {}, attached=False) for kind in plugins.names("targets")), *attached]


def find(workspace: Workspace, name: str | None) -> Known | None:
    """The one that a deployment means; None for one that is not known here."""
    wanted = name or DEFAULT
    return next((known for known in _known(workspace) if known.name == wanted), None)


def capabilities(workspace: Workspace, target: Known) -> Capabilities:
    """What it takes. Raises `MlopsError` when it cannot be asked here, whatever a third party's module does."""
    try:
        made = plugins.load("targets", target.kind)(workspace.store.id, dict(target.configuration))
        found: Capabilities = made.capabilities()
    except MlopsError:
        raise
    except Exception as error:
        raise ServiceError(
            f"the target {target.name!r} cannot be used: {type(error).__name__}: {error}", hint="tell who made it"
        ) from error
    return found


def search(asked: Asked) -> dict[str, Any]:
    """All of them."""
    return {"items": [_document(asked.workspace, target) for target in _known(asked.workspace)]}


def _document(workspace: Workspace, target: Known) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": target.name,
        "kind": target.kind,
        "attached": target.attached,
        "default": target.name == DEFAULT,
        "options": [],
        "schema": {"type": "object", "properties": {}, "additionalProperties": False},
        "unavailable": None,
    }
    try:
        found = capabilities(workspace, target)
    except MlopsError as error:  # a package to install, a cluster that is away
        return {**document, "unavailable": error.to_dict()}
    # In the order of the records, which groups what belongs together.
    names = [field.name for field in fields(ServiceOptions) if field.name in found.options]
    return {**document, "options": names, "schema": explained(found.schema)}


def explained(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, with our help and defaults on the properties that have none of their own."""
    told = {option.key: option.help for option in verb("deploy").options}
    told["environment_variables"] = told["env"]
    default = ServiceOptions()
    properties = {
        name: {
            **({"description": told[name]} if name in told else {}),
            **({"default": getattr(default, name)} if getattr(default, name, None) not in (None, (), {}) else {}),
            **known,
        }
        for name, known in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties}
