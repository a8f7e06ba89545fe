"""Bases that were built of steps, and environments that were built: which of them nothing uses any more.

An engine's labels say what is ours, not who needs it: another workspace may stand on the same base. So each workspace
notes on this machine what it had made, and where it lies; what one that can be read uses stays.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_mlops.errors import MlopsError, UnreadableError
from jupyter_mlops.images.engine import Engine, Ours
from jupyter_mlops.operations.inputs import BASE
from jupyter_mlops.records import OperationRecord
from jupyter_mlops.registry import environments, experiments, images, operations
from jupyter_mlops.services.docker.orphans import Orphan
from jupyter_mlops.services.process.machine import MachineFolder, disk_errors, state_root, write_private
from jupyter_mlops.storage import Store, open_store

__all__ = ["note", "unused"]

_FOLDER = "ahead"
_PLACE = "workspace"
_MAKES = ("build", "deploy", "update")


def note(store: Store, image: str) -> None:
    """This workspace had a base or an environment made (the id of its image): `unused` may name it from now on."""
    folder = MachineFolder(store.id).root / _FOLDER
    with disk_errors(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        write_private(folder / _PLACE, store.location.encode())
        (folder / image.replace(":", "-")).touch(mode=0o600)


@dataclass
class _Uses:
    """What workspaces use: ids of bases, digests of locks, tags of environments."""

    bases: set[str] = field(default_factory=set)
    locks: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)


def unused(store: Store, engine: Engine, leaving: Collection[str]) -> list[Orphan]:
    """Bases and environments that a workspace of this machine had made and none of them uses; `leaving` are names of
    images that go now.

    None while a workspace makes something, or has an image that this version cannot read.
    """
    made, uses = set[str](), _Uses()
    try:
        with contextlib.ExitStack() as opened:
            for workspace, folder in _workspaces(store, opened):
                made |= {path.name for path in folder.glob("sha256-*")}
                if any(operation.kind in _MAKES for operation in _at_work(workspace)):
                    return []
                _look(workspace, engine, uses)
    except UnreadableError:
        return []
    ours = [one for one in engine.ours() if one.tag not in leaving]
    mine = [one for one in ours if one.id.replace(":", "-") in made]
    idle = [one for one in mine if one.kind == "environment" and not {one.lock, one.tag} & (uses.locks | uses.tags)]
    below = uses.bases | {one.on for one in ours if one not in idle}
    idle += [one for one in mine if one.kind == "base" and one.id not in below]
    return [Orphan("image", one.tag, _why(one)) for one in idle]


def _why(one: Ours) -> str:
    return "no image stands on this base any more" if one.kind == "base" else "no image has this environment any more"


def _workspaces(store: Store, opened: contextlib.ExitStack) -> Iterator[tuple[Store, Path]]:
    """Those that noted something here and can be read, each with its folder; what another one had made is let be."""
    mine = MachineFolder(store.id).root / _FOLDER
    yield store, mine
    for folder in sorted(state_root().glob(f"*@{socket.gethostname()}/{_FOLDER}")):
        if folder != mine:
            with contextlib.suppress(MlopsError, OSError):
                yield opened.enter_context(open_store((folder / _PLACE).read_text())), folder


def _at_work(store: Store) -> list[OperationRecord]:
    return [*operations.search(store, state="Queued"), *operations.search(store, state="Running")]


def _look(store: Store, engine: Engine, uses: _Uses) -> None:
    for image in images.search(store):
        uses.bases.add(image.properties.get(BASE, "").partition(" ")[2])
        if image.manifest.base is not None:
            uses.bases |= engine.base_ids(image.manifest.base, image.manifest.python)
        uses.locks.add(image.manifest.lock)
    for experiment in experiments.list(store):
        for run in experiments.list_runs(store, experiment.name):
            uses.tags.add(run.properties.get(experiments.DERIVED_IMAGE, ""))
    for name in {environment.name for environment in environments.search(store)}:
        for build in operations.search(store, state="Succeeded", subject=f"environment/{name}", limit=1):
            uses.tags.add(build.result["image"])
