"""Where a service can run, and the form of its options: made from the target's own schema, a third party's too."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from jupyter_mlops import plugins
from jupyter_mlops.errors import MlopsError
from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.serverextension.asked import Asked
from jupyter_mlops.views.verbs import verb

__all__ = ["search"]

_DEFAULT = "process"


def search(asked: Asked) -> dict[str, Any]:
    """The kinds, then the attached ones."""
    from jupyter_mlops.sdk.compute import ComputeTarget

    store_id = asked.workspace.store.id
    kinds = [_target(store_id, kind, kind, {}) for kind in plugins.names("targets")]
    attached = [
        _target(store_id, target.name, target.kind, target.serialize()["configuration"])
        for target in ComputeTarget.list(asked.workspace)
    ]
    return {"items": [*kinds, *({**target, "attached": True} for target in attached)]}


def _target(store_id: str, name: str, kind: str, configuration: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "attached": False,
        "default": name == _DEFAULT,
        "options": [],
        "schema": {"type": "object", "properties": {}, "additionalProperties": False},
        "unavailable": None,
    }
    try:
        capabilities = plugins.load("targets", kind)(store_id, configuration).capabilities()
    except MlopsError as error:  # a package to install, a cluster that is away
        return {**document, "unavailable": error.to_dict()}
    # In the order of the records, which groups what belongs together.
    names = [field.name for field in fields(ServiceOptions) if field.name in capabilities.options]
    return {**document, "options": names, "schema": _explained(capabilities.schema)}


def _explained(schema: dict[str, Any]) -> dict[str, Any]:
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
