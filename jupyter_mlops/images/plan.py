"""An image in lines that a person reads before saying yes. Purely computational."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_mlops.images.own_base import said
from jupyter_mlops.records import EnvironmentLock, ImageManifest, ManifestBase

__all__ = ["bytes_of", "describe", "diff"]

_SHOWN_PACKAGES = 8


def describe(manifest: ImageManifest, lock: EnvironmentLock, sizes: Mapping[str, int]) -> list[str]:
    """What is in the image, one line an item; `sizes` are the models' bytes by `name:version`."""
    lines = [
        f"model      {model.name}:{model.version}{_size(sizes.get(f'{model.name}:{model.version}'))}"
        for model in manifest.models
    ] or ["model      none"]
    lines.append(f"script     {manifest.script.name} ({manifest.script.entry_script})")
    lines.append(f"python     {manifest.python}, {_packages(lock)}")
    lines += [] if manifest.base is None else [f"base       {said(manifest.base)}"]
    lines += [f"difference {difference}" for difference in lock.differences]
    return lines


def _size(size: int | None) -> str:
    return "" if size is None else f", {bytes_of(size)}"


def bytes_of(size: int) -> str:
    """`12.3 MB` (decimal units)."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def _packages(lock: EnvironmentLock) -> str:
    """The packages that were asked for by name, and how many came with them."""
    direct = [f"{package.name} {package.version}" for package in lock.packages if package.direct]
    shown = ", ".join(direct[:_SHOWN_PACKAGES])
    more = len(lock.packages) - len(direct[:_SHOWN_PACKAGES])
    if not lock.packages:
        return "no packages"
    if not shown:
        return f"{len(lock.packages)} packages"
    return f"{shown} and {more} more" if more else shown


def diff(old: ImageManifest, new: ImageManifest) -> list[str]:
    """What changes from one image to another, one line an item; empty when nothing does."""
    return [
        *_model_changes(old, new),
        *_script_changes(old, new),
        *_environment_changes(old, new),
        *_base_changes(old, new),
    ]


def _model_changes(old: ImageManifest, new: ImageManifest) -> list[str]:
    before = {model.name: model for model in old.models}
    after = {model.name: model for model in new.models}
    lines = []
    for name in sorted(before | after):
        if name not in after:
            lines.append(f"model {name}:{before[name].version} is left out")
        elif name not in before:
            lines.append(f"model {name}:{after[name].version} is new")
        elif before[name] != after[name]:
            lines.append(f"model {name}: version {before[name].version} becomes {after[name].version}")
    return lines


def _script_changes(old: ImageManifest, new: ImageManifest) -> list[str]:
    one, other = old.script, new.script
    if one == other:
        return []
    if one.name != other.name:
        return [f"script {one.name} becomes {other.name}"]
    return [f"script {one.name}: {one.digest[:12]} becomes {other.digest[:12]}"]


def _environment_changes(old: ImageManifest, new: ImageManifest) -> list[str]:
    lines = []
    if old.python != new.python:
        lines.append(f"python {old.python} becomes {new.python}")
    if old.lock != new.lock:
        lines.append(f"environment: {old.lock[:12]} becomes {new.lock[:12]}")
    if old.scoring != new.scoring:
        lines.append(f"scoring server {old.scoring} becomes {new.scoring}")
    return lines


def _base_changes(old: ImageManifest, new: ImageManifest) -> list[str]:
    if old.base == new.base:
        return []
    one, other = old.base or ManifestBase(), new.base or ManifestBase()
    if said(one) != said(other):
        return [f"base {said(one)} becomes {said(other)}"]
    digests = [(base.digest or base.id or "a name")[:19] for base in (one, other)]
    return [f"base {said(one)}: {' becomes '.join(digests)}"]
