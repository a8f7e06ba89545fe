"""Images and environments that no service of this machine uses any more are removed with the last that did."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from jupyter_mlops.services.process.interpreter import venv_name
from jupyter_mlops.services.process.machine import MachineFolder, ServiceFolder, disk_errors, locked

__all__ = ["Uses", "collect", "guarded", "uses"]

_YOUNG_S = 3600.0
"""What was laid out (or found again) within this time may be for a deployment that is under way."""


class Uses(NamedTuple):
    """Names of folders in `images` and in `venvs`."""

    images: frozenset[str]
    venvs: frozenset[str]


@contextlib.contextmanager
def guarded(machine: MachineFolder) -> Iterator[None]:
    """Nobody writes down a use of an image while somebody else removes the unused."""
    with disk_errors(machine.root), locked(machine.root / ".uses.lock"):
        yield


def uses(folder: ServiceFolder) -> Uses:
    """What the revisions of a service use."""
    return _uses(folder.path.glob("revisions/*.json"))


def _uses(revisions: Iterable[Path]) -> Uses:
    images: set[str] = set()
    venvs: set[str] = set()
    for path in revisions:
        kept = json.loads(path.read_bytes())
        images.add(Path(kept["document"]["app_root"]).parent.name)
        venvs.add(venv_name(kept["lock"]))  # perhaps made only later, by the front of a changed interpreter
    return Uses(frozenset(images), frozenset(venvs))


def collect(machine: MachineFolder, left: Uses) -> None:
    """Remove what no service uses: of `left` (by a service that was deleted) at once, the rest when it is old.

    Call it `guarded`.
    """
    used = _uses(machine.services.glob("*/revisions/*.json"))
    _remove(machine.images, used.images, left.images)
    _remove(machine.venvs, used.venvs, left.venvs)


def _remove(folder: Path, used: frozenset[str], left: frozenset[str]) -> None:
    """Whatever somebody is making right now has its lock held, and stays."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.name.startswith(".") or entry.name in used:
            continue
        if entry.name not in left and time.time() - entry.stat().st_mtime < _YOUNG_S:
            continue
        lock = folder / f".{entry.name}.lock"
        with contextlib.suppress(BlockingIOError), locked(lock, wait=False):
            aside = folder / f".{entry.name}.unused.part"
            entry.rename(aside)
            shutil.rmtree(aside)
            lock.unlink()
