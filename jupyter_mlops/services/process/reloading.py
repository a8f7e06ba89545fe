"""A changed script served by the front that runs: beside the image's own files, which stay as they are."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from jupyter_mlops.errors import MlopsError, ServiceError
from jupyter_mlops.records import Progress
from jupyter_mlops.services.process import revision
from jupyter_mlops.services.process.candidate import bring_up
from jupyter_mlops.services.process.front import Front
from jupyter_mlops.services.process.machine import ServiceFolder, disk_errors
from jupyter_mlops.services.target import NewScript, ProbeAnswer, refuse_reload

__all__ = ["forget", "kept", "reload"]

_DOCUMENT = "reloaded.json"


def kept(folder: ServiceFolder, number: int) -> dict[str, Any] | None:
    """What is written down of a revision, with the script that was reloaded in the place of its own."""
    found = folder.read(_DOCUMENT)
    if found is not None and found["document"]["revision"] == number:
        return found
    return folder.read(f"revisions/{number}.json")


def forget(folder: ServiceFolder) -> None:
    """The image's own script serves again."""
    folder.remove(_DOCUMENT)
    shutil.rmtree(folder.path / "reloaded", ignore_errors=True)


def reload(folder: ServiceFolder, new: NewScript, progress: Progress, check: Callable[[ProbeAnswer], None]) -> None:
    """Workers with the new script beside those that serve, check, switch; when that fails the old ones serve on."""
    front, desired = Front(folder), folder.read("desired.json")
    own = None if desired is None else folder.read(f"revisions/{desired['revision']}.json")
    if own is None or not front.lives():
        raise ServiceError(f"service {folder.name!r} is not running", hint=f"Webservice(ws, {folder.name!r}).start()")
    refuse_reload(folder.name, own["document"])
    root = folder.path / "reloaded" / secrets.token_hex(4)
    with disk_errors(root):
        root.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copytree(new.folder, root / new.script.source_directory)
        (root / "azureml-models").symlink_to(f"{own['document']['app_root']}/azureml-models")
    document = revision.reloaded(own["document"], str(root), new)
    try:
        bring_up(front.door(), document, new.lines, progress, check)
    except BaseException:
        with contextlib.suppress(MlopsError):
            front.door().discard()
        shutil.rmtree(root, ignore_errors=True)
        raise
    folder.write(_DOCUMENT, {**own, "document": document, "lines": [asdict(line) for line in new.lines]})
    for other in root.parent.iterdir():
        if other != root:
            shutil.rmtree(other, ignore_errors=True)
