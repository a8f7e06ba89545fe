"""Images and environments that no service of this machine uses any more are removed with the last that did."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from jupyter_mlops.services.process.machine import MachineFolder, disk_errors, locked

__all__ = ["collect", "guarded"]


@contextlib.contextmanager
def guarded(machine: MachineFolder) -> Iterator[None]:
    """Nobody writes down a use of an image while somebody else removes the unused."""
    with disk_errors(machine.root), locked(machine.root / ".uses.lock"):
        yield


def collect(machine: MachineFolder) -> None:
    """Remove the unpacked images and the venvs that no revision of a service names; call it `guarded`."""
    images, venvs = _used(machine)
    _remove_others(machine.images, images)
    _remove_others(machine.venvs, venvs)


def _used(machine: MachineFolder) -> tuple[set[str], set[str]]:
    images, venvs = set(), set()
    for path in machine.services.glob("*/revisions/*.json"):
        document = json.loads(path.read_bytes())["document"]
        images.add(Path(document["app_root"]).parent.name)
        python = Path(document["python"])
        if python.is_relative_to(machine.venvs):
            venvs.add(python.relative_to(machine.venvs).parts[0])
        # A worker whose interpreter has changed since runs in the venv of its lock.
    return images, venvs


def _remove_others(folder: Path, used: set[str]) -> None:
    """Whatever somebody is making right now has its lock held, and stays."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.name.startswith(".") or entry.name in used:
            continue
        lock = folder / f".{entry.name}.lock"
        with contextlib.suppress(BlockingIOError), locked(lock, wait=False):
            aside = folder / f".{entry.name}.unused.part"
            entry.rename(aside)
            shutil.rmtree(aside)
            lock.unlink()
