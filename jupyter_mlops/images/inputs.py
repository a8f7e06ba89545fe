"""What comes into a container image from outside of the workspace: wheels of an index, the scoring server's own files.

Both are noted at the first rendering, so that the next one takes the same: wheels by their hash, whatever the index
serves by then; the server's files from where they were kept, whatever is installed here by then.
"""

from __future__ import annotations

import importlib.metadata
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from jupyter_mlops.errors import RequirementError
from jupyter_mlops.images.base_image import BaseImage
from jupyter_mlops.installers import run_uv
from jupyter_mlops.records import EnvironmentLock, FileEntry, FileTree

__all__ = [
    "Inputs",
    "Pin",
    "Server",
    "pins_from",
    "pins_to",
    "resolve",
    "server_files",
    "server_requirements",
    "server_tree",
]

_ROOT_MODULES = ("__init__.py", "version.py")
_NEEDS = ("httptools", "orjson", "prometheus-client", "uvloop")
_NOT_SERVED = ("__pycache__",)
_TIMEOUT_S = 120


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One wheel: the one that an index serves for a version, a Python and a platform."""

    name: str
    version: str
    file: str
    sha256: str
    size: int | None = None
    """Bytes; None where the index does not say."""
    kept: bool = False
    """Whether the workspace has the wheel itself: it came from a folder, so that nobody else may have it."""
    place: Path | None = field(default=None, compare=False)
    """Where it lies, when it was found in a folder just now."""

    @property
    def requirement(self) -> str:
        """A line for an installer that takes this wheel and no other."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """`server_folder` has the files of `server_files`, by their paths in site-packages; `wheels` the pins' that are
    kept, None where none is.
    """

    packages: tuple[Pin, ...]
    server: tuple[Pin, ...]
    server_files: FileTree
    server_folder: Path
    wheels: Path | None = None

    def requirements(self, lock: EnvironmentLock) -> list[str]:
        """The lock's packages, each with the hash of its wheel: the index's, or of the one that the workspace keeps."""
        pinned = {pin.name: pin for pin in self.packages}
        return [
            f"{package.name}=={package.version} --hash=sha256:{package.wheel}"
            if package.wheel
            else pinned[package.name].requirement
            for package in lock.packages
        ]


def pins_to(pins: Sequence[Pin]) -> list[dict[str, Any]]:
    """As JSON."""
    return [{name: value for name, value in asdict(pin).items() if name != "place"} for pin in pins]


def pins_from(document: Sequence[Mapping[str, Any]]) -> tuple[Pin, ...]:
    """From JSON."""
    return tuple(Pin(**pin) for pin in document)


# ── wheels ──


def resolve(requirements: Sequence[str], base: BaseImage) -> tuple[Pin, ...]:
    """The wheels of `name==version` requirements that an index serves for the base's Python and platform, by name.

    Only the index's lists are read. Raises `RequirementError` naming what has no wheel there.
    """
    if not requirements:
        return ()
    command = [
        *("pip", "compile", "--quiet", "--no-deps", "--no-header", "--no-annotate", "--no-config"),
        *("--only-binary", ":all:", "--python-version", base.minor, "--python-platform", base.platform),
        *("--format", "pylock.toml", "-"),
    ]
    done = run_uv(command, text="\n".join(requirements), timeout=_TIMEOUT_S)
    if done.returncode != 0:
        raise RequirementError(
            f"what is locked cannot be had as wheels for Python {base.minor} on {base.platform}",
            hint="choose versions that have one, or --relax-env",
            details=done.stderr,
        )
    return tuple(_pin(package) for package in tomllib.loads(done.stdout).get("packages", []))


def _pin(package: Mapping[str, Any]) -> Pin:
    """https://packaging.python.org/en/latest/specifications/pylock-toml/: uv lists the wheel of the platform alone."""
    wheels = package.get("wheels") or ([package["archive"]] if "archive" in package else [])
    name, version = canonicalize_name(package["name"]), str(package.get("version", ""))
    if not wheels:
        raise RequirementError(f"{name}=={version} has no wheel", hint="choose a version that has one")
    wheel = wheels[0]
    place = str(wheel.get("url") or wheel.get("path") or "")
    file = Path(unquote(urlsplit(place).path)) if "://" in place else Path(place)
    local = file if urlsplit(place).scheme in ("", "file") and file.is_file() else None
    sha256 = wheel.get("hashes", {}).get("sha256")
    if sha256 is None and local is not None:  # a folder of wheels says no hashes
        with local.open("rb") as data:
            sha256 = file_digest(data, "sha256").hexdigest()
    if sha256 is None:
        raise RequirementError(
            f"the index says no hash of {name}=={version}, so that nobody could tell it from another",
            hint=f"pip download {name}=={version} into a folder, and PIP_FIND_LINKS=that folder",
        )
    size = wheel.get("size") or (local.stat().st_size if local is not None else None)
    return Pin(name=name, version=version, file=file.name, sha256=sha256, size=size, place=local)


# ── the scoring server ──


def server_requirements() -> list[str]:
    """What the scoring server needs installed beside itself, as it is installed here."""
    found = []
    for name in _NEEDS:
        try:
            found.append(f"{name}=={importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue  # uvloop, where the system has none
    return found


def server_files() -> list[tuple[str, Path]]:
    """The scoring server's own files by their path in site-packages: of our package what it needs, and nothing else."""
    root = Path(__file__).parents[1]
    scoring = sorted(
        path
        for path in (root / "scoring").rglob("*")
        if path.is_file() and not any(part in _NOT_SERVED for part in path.parts)
    )
    return [
        (f"jupyter_mlops/{path.relative_to(root).as_posix()}", path)
        for path in [*map(root.joinpath, _ROOT_MODULES), *scoring]
    ]


@dataclass(frozen=True)
class Server:
    """A scoring server: its files, by their paths in site-packages, and what it needs beside itself."""

    files: tuple[tuple[str, Path], ...]
    requirements: tuple[str, ...]

    @classmethod
    def installed(cls) -> Server:
        """The one of this installation."""
        return cls(tuple(server_files()), tuple(server_requirements()))


def server_tree() -> FileTree:
    """The same as a tree."""
    entries = []
    for name, path in server_files():
        with path.open("rb") as data:
            digest = file_digest(data, "sha256").hexdigest()
        entries.append(FileEntry(name, path.stat().st_size, digest))
    return FileTree(tuple(sorted(entries)))
