"""A changed script put into the running replicas: no image is made, and no container."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from jupyter_mlops.docker_client import engine_errors
from jupyter_mlops.errors import MlopsError, ServiceError
from jupyter_mlops.records import Progress
from jupyter_mlops.services.docker import files, resources
from jupyter_mlops.services.docker.service import ContainerService
from jupyter_mlops.services.process import revision
from jupyter_mlops.services.process.candidate import bring_up
from jupyter_mlops.services.target import NewScript, ProbeAnswer, refuse_reload

__all__ = ["reload"]


def reload(
    service: ContainerService,
    front: Any,
    new: NewScript,
    progress: Progress,
    check: Callable[[ProbeAnswer], None],
) -> None:
    """Workers with the new script beside those that serve, check, switch; when that fails the old ones serve on.

    Raises `UsageError` where the service was not deployed for it, `ServiceError`, and what `check` raises.
    """
    desired, serving = (service.recall(front, name) for name in ("desired", "revision"))
    workers = [] if desired is None else service.workers(desired["generation"])
    if desired is None or serving is None or not workers:
        raise ServiceError(f"service {service.name!r} is not up", hint=f"Webservice(ws, {service.name!r}).start()")
    refuse_reload(service.name, desired["wanted"]["document"])
    name = f"scripts/{secrets.token_hex(4)}"
    document = revision.reloaded(serving, f"{resources.DATA}/{name}", new)
    links = {"azureml-models": f"{resources.IMAGE}/app/azureml-models"}
    files.put_tree(workers[0], resources.DATA, name, new.folder, new.script.source_directory, links)
    try:
        bring_up(service.door(front), document, new.lines, progress, check)
    except BaseException:
        with contextlib.suppress(MlopsError):
            service.door(front).discard()
            _remove_scripts(workers[0], keep=serving["app_root"])
        raise
    told = {"entry_script": document["entry_script"], "lines": [asdict(line) for line in new.lines]}
    service.remember(front, revision=document, desired={**desired, "reloaded": told}, failure=None)
    _remove_scripts(workers[0], keep=document["app_root"])


def _remove_scripts(worker: Any, keep: str) -> None:
    """All but the one that serves; as the user who put them there."""
    gone = f'cd {resources.SCRIPTS} && for one in *; do [ "$PWD/$one" = "$0" ] || rm -rf "$one"; done'
    with engine_errors("remove the scripts before"):
        worker.exec_run(["/bin/sh", "-c", gone, keep], user="0:0")
