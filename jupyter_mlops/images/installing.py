"""Packages of an image, laid out on this machine for the base image's Python and platform; nothing runs in a container.

`uv pip install --target` takes wheels for the platform of the base, not of this machine, and checks each against the
hash that was locked.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlops.errors import MlopsError, RequirementError, StorageError
from jupyter_mlops.images.base_image import BaseImage
from jupyter_mlops.images.bytecode import bytecode_entries
from jupyter_mlops.images.layers import Entry, file_entries
from jupyter_mlops.installers import run_uv
from jupyter_mlops.records import Progress

__all__ = ["SITE", "install", "site"]

SITE = "lib/python{minor}/site-packages"
_LEFTOVERS = ("bin", "share", ".lock")
"""Of `--target`: programs with the path of this machine's Python in them, manual pages, uv's own lock."""


def site(base: BaseImage) -> str:
    """The folder of packages in an environment of the base's Python, from the environment's root."""
    return SITE.format(minor=base.minor)


def install(
    requirements: Sequence[str], wheels: Sequence[Path], folder: Path, at: str, base: BaseImage, progress: Progress
) -> list[Entry]:
    """Lay out `name==version` requirements (and nothing that they require) in `folder`, beside what is there already.

    A requirement with `--hash=sha256:…` is installed from that wheel alone. `at` is the folder's path in the image,
    which tracebacks show. `wheels` are folders of distributions that no index serves.

    Returns the files and their bytecode. Raises `RequirementError` naming what cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if requirements:
        _lay_out(requirements, wheels, folder, base, progress)
        _tidy(folder)
    return [*file_entries(folder, at), *bytecode_entries(folder, at, base.minor, progress)]


def _lay_out(
    requirements: Sequence[str], wheels: Sequence[Path], folder: Path, base: BaseImage, progress: Progress
) -> None:
    listed = folder.parent / f".{folder.name}.txt"
    listed.write_text("".join(f"{line}\n" for line in requirements))
    command = [
        # Files are linked to uv's cache where that can be: they are read here, and never written.
        *("pip", "install", "--no-deps", "--no-compile-bytecode", "--link-mode", "hardlink", "--no-config"),
        *("--target", str(folder), "--python-version", base.minor, "--python-platform", base.platform),
        *("--only-binary", ":all:", "--python", sys.executable),
        *(("--require-hashes",) if all("--hash=" in line for line in requirements) else ()),
        *(part for place in wheels if place.is_dir() and any(place.iterdir()) for part in ("--find-links", str(place))),
        *("-r", str(listed)),
    ]
    done = run_uv(command)
    said = (done.stdout + done.stderr).strip()
    listed.unlink()
    for line in said.splitlines():
        progress.log(f"uv: {line}")
    if done.returncode != 0:
        raise _failure(requirements, said, folder, base)


def _tidy(folder: Path) -> None:
    """Take away what differs from one installation to the next."""
    for name in _LEFTOVERS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for record in folder.glob("*.dist-info/RECORD"):
        lines = record.read_text(encoding="utf-8").splitlines()
        kept = sorted(line for line in lines if not line.startswith(("../", "bin/", "share/")))
        record.unlink()  # it may be a link to uv's own
        record.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    for name in ("uv_cache.json", "direct_url.json"):
        for path in folder.glob(f"*.dist-info/{name}"):
            path.unlink()


def _failure(requirements: Sequence[str], said: str, folder: Path, base: BaseImage) -> MlopsError:
    if re.search(r"no space left on device|disk quota exceeded", said, re.I):
        return StorageError(
            "the disk is full", where=str(folder.parent), hint="free some space and try again", details=said
        )
    names = [line.partition(" ")[0] for line in requirements]
    named = [
        name for name in names if re.search(rf"(?<![\w.-]){re.escape(name.partition('==')[0])}(?![\w-])", said, re.I)
    ]
    what = ", ".join(named[:3]) or "the environment"
    if "hash mismatch" in said.lower():
        return RequirementError(
            f"the index serves another file for {what} than the one that was locked",
            hint="ask who published it; %build_image under a new name takes what is served now",
            details=said,
        )
    return RequirementError(
        f"{what} cannot be had as a wheel for Python {base.minor} on {base.platform}",
        hint="choose a version that has one, or --relax-env",
        details=said,
    )
