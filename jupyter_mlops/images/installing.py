"""Packages of an image, laid out on this machine for the base image's Python and platform; nothing runs in a container.

`uv pip install --target` takes wheels for the platform of the base, not of this machine; bytecode is made here when
a Python of the same minor version is at hand.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlops.errors import RequirementError
from jupyter_mlops.images.base_image import BaseImage
from jupyter_mlops.installers import uv_command, uv_environment
from jupyter_mlops.records import Progress

__all__ = ["SITE", "install", "site"]

SITE = "lib/python{minor}/site-packages"
_LEFTOVERS = ("bin", "share", ".lock")
"""Of `--target`: programs with the path of this machine's Python in them, manual pages, uv's own lock."""


def site(base: BaseImage) -> str:
    """The folder of packages in an environment of the base's Python, from the environment's root."""
    return SITE.format(minor=base.minor)


def install(
    requirements: Sequence[str], wheels: Path | None, folder: Path, at: str, base: BaseImage, progress: Progress
) -> None:
    """Lay out `name==version` requirements (and nothing that they require) in `folder`.

    `at` is the folder's path in the image, which tracebacks show. `wheels` has distributions that no index serves.
    Raises `RequirementError` naming what cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not requirements:
        return
    listed = folder.parent / f".{folder.name}.txt"
    listed.write_text("".join(f"{line}\n" for line in requirements))
    command = [
        *uv_command(),
        *("pip", "install", "--no-deps", "--no-compile-bytecode", "--link-mode", "copy", "--no-config"),
        *("--target", str(folder), "--python-version", base.minor, "--python-platform", base.platform),
        *("--only-binary", ":all:", "--python", sys.executable),
        *(("--find-links", str(wheels)) if wheels is not None and any(wheels.iterdir()) else ()),
        *("-r", str(listed)),
    ]
    done = subprocess.run(
        command, env=uv_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    said = (done.stdout + done.stderr).strip()
    listed.unlink()
    for line in said.splitlines():
        progress.log(f"uv: {line}")
    if done.returncode != 0:
        raise _cannot_be_had(requirements, said, base)
    for name in _LEFTOVERS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    _tidy(folder)
    _compile(folder, at, base, progress)


def _tidy(folder: Path) -> None:
    """What differs from one installation to the next: programs' lines in RECORD, folders of tests stay."""
    for record in folder.glob("*.dist-info/RECORD"):
        lines = record.read_text(encoding="utf-8").splitlines()
        kept = sorted(line for line in lines if not line.startswith(("../", "bin/", "share/")))
        record.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    for name in ("uv_cache.json", "direct_url.json"):
        for path in folder.glob(f"*.dist-info/{name}"):
            path.unlink()


def _compile(folder: Path, at: str, base: BaseImage, progress: Progress) -> None:
    python = _python_of(base.minor)
    if python is None:
        progress.log(f"no Python {base.minor} here to make bytecode with: the first start takes some seconds longer")
        return
    command = [python, "-I", "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(folder), "-p", f"/{at}", str(folder)]
    # Some packages carry files of another Python's syntax; what cannot be compiled is compiled when it is imported.
    subprocess.run(command, env={"SOURCE_DATE_EPOCH": "0", "PYTHONHASHSEED": "0"}, capture_output=True, check=False)


def _python_of(minor: str) -> str | None:
    if f"{sys.version_info.major}.{sys.version_info.minor}" == minor:
        return sys.executable
    return shutil.which(f"python{minor}")


def _cannot_be_had(requirements: Sequence[str], said: str, base: BaseImage) -> RequirementError:
    named = [
        line for line in requirements if re.search(rf"(?<![\w.-]){re.escape(line.partition('==')[0])}(==|@|\b)", said)
    ]
    what = ", ".join(named[:3]) or "the environment"
    return RequirementError(
        f"{what} cannot be had as a wheel for Python {base.minor} on {base.platform}",
        hint="choose a version that has one, or --relax-env",
        details=said,
    )
