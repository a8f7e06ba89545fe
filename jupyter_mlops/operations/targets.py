"""From a service's record to the target that runs it, with the machine it runs on checked."""

from __future__ import annotations

import socket
from typing import cast

from jupyter_mlops import plugins
from jupyter_mlops.errors import ServiceError
from jupyter_mlops.records import ServiceRecord
from jupyter_mlops.registry import targets
from jupyter_mlops.services.target import Target
from jupyter_mlops.storage import Store

__all__ = ["target_for", "target_of_kind"]


def target_of_kind(store: Store, kind: str, name: str | None = None) -> Target:
    """The target of a kind (`process`), or the attached one of a name.

    Raises `UsageError` for a kind that nobody provides, `NotFoundError` for a name that is not attached.
    """
    configuration = targets.get(store, name).configuration if name is not None else {}
    return cast(Target, plugins.load("targets", kind)(store.id, configuration))


def target_for(store: Store, service: ServiceRecord) -> Target:
    """The target of a service. Raises `ServiceError` when another machine runs it."""
    if service.host and service.host != socket.gethostname():
        raise ServiceError(
            f"service {service.name!r} runs on {service.host}, this is {socket.gethostname()}",
            hint=f"type the command on {service.host}",
        )
    return target_of_kind(store, service.target, service.target_name)
