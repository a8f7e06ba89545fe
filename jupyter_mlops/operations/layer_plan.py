"""What a container image will be made of, before it is made: its Dockerfile, its layers, what of them is there already.

No engine is needed; where one answers it is asked what it has. Nothing is pulled, downloaded or written.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from jupyter_mlops import docker_client
from jupyter_mlops.images import dockerfile
from jupyter_mlops.images.base_image import BaseImage, default_bases
from jupyter_mlops.images.container import environment_parts, model_key
from jupyter_mlops.images.context import labels_of
from jupyter_mlops.images.inputs import Inputs, pins_from, server_requirements, server_tree
from jupyter_mlops.images.own_base import frozen_name
from jupyter_mlops.images.plan import bytes_of
from jupyter_mlops.installers import uv_command, uv_environment
from jupyter_mlops.operations.bases import engine_named
from jupyter_mlops.operations.inputs import unindexed
from jupyter_mlops.records import EnvironmentLock, ImageManifest, ManifestBase, digest_of
from jupyter_mlops.registry import locks, pins
from jupyter_mlops.storage import Store

__all__ = ["dockerfile_of", "layer_lines"]

_UNPACKED = 3.4
"""Bytes of a laid-out wheel with its bytecode by those of the wheel: scikit-learn, pandas and what they need."""
_WITH_BYTECODE = 1.15
"""The same by the bytes that an installed distribution's RECORD names."""
_TIMEOUT_S = 60


@dataclass(frozen=True)
class _Size:
    size: int | None
    estimated: bool = True

    def __str__(self) -> str:
        if self.size is None:
            return "size not known"
        return f"about {bytes_of(self.size)}" if self.estimated else bytes_of(self.size)


def dockerfile_of(store: Store, name: str, manifest: ImageManifest) -> str:
    """The text that builds the same image."""
    base = default_bases(manifest.python)[-1]
    lock = locks.get(store, manifest.lock)
    return dockerfile.render(manifest, base, labels=labels_of(manifest, name, base), wheels=bool(lock.wheels))


def layer_lines(store: Store, manifest: ImageManifest, *, kind: str = "docker") -> list[str]:
    """One line a layer, the lowest first: its size, and whether it is there."""
    lock = locks.get(store, manifest.lock)
    base, base_line = _base(manifest, kind)
    known = None if base is None else _inputs(store, manifest.lock, lock, base)
    there = () if base is None or known is None else _there(store, manifest, lock, known, base, kind)
    planned = [
        ("packages", _packages_size(lock, known), _download(lock, base)),
        ("scoring server", _server_size(), ""),
        *((f"model {model.name}:{model.version}", _model_size(store, model.digest), "") for model in manifest.models),
        ("script", _model_size(store, manifest.script.digest), ""),
    ]
    sizes = [*there, *[None] * len(planned)]
    return [
        base_line,
        *(
            f"layer      {name}, {_Size(have, estimated=False)}, in the engine"
            if have is not None
            else f"layer      {name}, {size}, to be made{more}"
            for (name, size, more), have in zip(planned, sizes, strict=False)
        ),
    ]


# ── what is there ──


def _base(manifest: ImageManifest, kind: str) -> tuple[BaseImage | None, str]:
    """The base where it is in an engine, and what to say of it."""
    if manifest.base is not None:
        return _own_base(manifest.base, manifest.python, kind)
    references = default_bases(manifest.python)
    if not docker_client.answers():
        return None, f"base       {references[-1]} (no engine answers that could say whether it is there)"
    engine = engine_named(kind)
    found = next((name for name in references if engine.has(name)), None)
    if found is None:
        return None, f"base       {references[-1]}, to be pulled"
    return engine.base(found, manifest.python), f"base       {found}, in the engine"


def _own_base(base: ManifestBase, python: str, kind: str) -> tuple[BaseImage | None, str]:
    name = frozen_name(base)
    if not docker_client.answers():
        return None, f"note       no engine answers that could say whether {name} is there"
    found = engine_named(kind).own_base_there(base, python)
    return found, f"note       {name} is in the engine" if found else f"note       {name} is to be pulled or built"


def _inputs(store: Store, digest: str, lock: EnvironmentLock, base: BaseImage) -> Inputs | None:
    """What was noted for this lock and the server of today; None where nothing was, or some package is not in it."""
    wanted = server_requirements()
    found = [pins.get(store, subject, base.minor, base.platform) for subject in (digest, digest_of(wanted))]
    if found[0] is None or found[1] is None:
        return None
    packages, server = pins_from(found[0]), pins_from(found[1])
    if len(packages) != len(unindexed(lock)):
        return None
    # Only keys are taken of it: nothing is read from the folder.
    return Inputs(packages=packages, server=server, server_files=server_tree(), server_folder=Path())


def _there(
    store: Store, manifest: ImageManifest, lock: EnvironmentLock, known: Inputs, base: BaseImage, kind: str
) -> Sequence[int | None]:
    parts = environment_parts(lock, store.blobs, base, known)
    keys = [*(part.key for part in parts), *(model_key(model) for model in manifest.models)]
    return engine_named(kind).sizes(base, keys)


# ── sizes ──


def _packages_size(lock: EnvironmentLock, known: Inputs | None) -> _Size:
    """From what is installed in this kernel; else from the wheels where they were noted."""
    installed = _installed((package.name, package.version) for package in lock.packages)
    if installed is not None:
        return _Size(installed)
    sizes = [pin.size for pin in known.packages] if known is not None else [None]
    whole = [size for size in sizes if size is not None]
    return _Size(int(sum(whole) * _UNPACKED) if len(whole) == len(sizes) else None)


def _server_size() -> _Size:
    packages = _installed((line.partition("==")[0], line.partition("==")[2]) for line in server_requirements())
    return _Size(None if packages is None else packages + int(server_tree().size * _WITH_BYTECODE))


def _installed(packages: Iterable[tuple[str, str]]) -> int | None:
    """Bytes that the RECORDs of these distributions name; None when one is not installed here in that version."""
    total = 0
    for name, version in packages:
        try:
            found = distribution(name)
        except PackageNotFoundError:
            return None
        if found.version != version:
            return None
        total += sum(file.size or 0 for file in found.files or ())
    return int(total * _WITH_BYTECODE)


def _model_size(store: Store, digest: str) -> _Size:
    return _Size(store.blobs.get_tree(digest).size, estimated=False)


def _download(lock: EnvironmentLock, base: BaseImage | None) -> str:
    """What uv would have to fetch; it reads the index's lists, and no wheel."""
    wanted = unindexed(lock)
    if not wanted or base is None:
        return ""
    with tempfile.TemporaryDirectory() as place:
        command = [
            *(*uv_command(), "pip", "install", "--dry-run", "--no-deps", "--no-config", "--target", place),
            *("--python-version", base.minor, "--python-platform", base.platform, "--only-binary", ":all:", *wanted),
        ]
        done = subprocess.run(
            command, env=uv_environment(), capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    if done.returncode != 0:
        return "; its wheels cannot be looked up now"
    found = re.search(r"Would download (\d+)", done.stderr)
    return f"; {found.group(1) if found else 'none'} of {len(wanted)} wheels to download"
