"""An image in lines that a person reads before saying yes. Purely computational."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_mlops.images.own_base import said
from jupyter_mlops.records import EnvironmentLock, FileTree, ImageManifest, ManifestBase

__all__ = ["Frozen", "bytes_of", "describe", "diff"]

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


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """An image with what its digests stand for, as far as it is known: its packages; and of its container rendering,
    once there is one, the base (`reference id`) and the scoring server's files and requirements.
    """

    manifest: ImageManifest
    lock: EnvironmentLock | None = None
    base: str | None = None
    server: tuple[FileTree, tuple[str, ...]] | None = None


def diff(old: Frozen, new: Frozen) -> list[str]:
    """What changes from one image to another, one line an item; empty when nothing does."""
    return [
        *_model_changes(old.manifest, new.manifest),
        *_script_changes(old.manifest, new.manifest),
        *_environment_changes(old, new),
        *_server_changes(old, new),
        *_base_changes(old.manifest, new.manifest),
        *_rendered_base_changes(old.base, new.base),
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


def _environment_changes(old: Frozen, new: Frozen) -> list[str]:
    lines = []
    if old.manifest.python != new.manifest.python:
        lines.append(f"python {old.manifest.python} becomes {new.manifest.python}")
    if old.manifest.lock == new.manifest.lock:
        return lines
    if old.lock is None or new.lock is None:
        return [*lines, f"environment: {old.manifest.lock[:12]} becomes {new.manifest.lock[:12]}"]
    return [*lines, *_package_changes(old.lock, new.lock)]


def _package_changes(old: EnvironmentLock, new: EnvironmentLock) -> list[str]:
    before = {package.name: package for package in old.packages}
    after = {package.name: package for package in new.packages}
    lines = []
    for name in sorted(before | after):
        one, other = before.get(name), after.get(name)
        if other is None:
            lines.append(f"package {name} {before[name].version} is left out")
        elif one is None:
            lines.append(f"package {name} {other.version} is new")
        elif one.version != other.version:
            lines.append(f"package {name}: {one.version} becomes {other.version}")
        elif one.wheel != other.wheel:
            lines.append(f"package {name} {one.version}: another wheel of the same version")
    return lines


def _server_changes(old: Frozen, new: Frozen) -> list[str]:
    lines = []
    if old.manifest.scoring != new.manifest.scoring:
        lines.append(f"scoring server {old.manifest.scoring} becomes {new.manifest.scoring}")
    if old.server is None or new.server is None or old.server == new.server:
        return lines
    (one, needed), (other, needs) = old.server, new.server
    changed = {entry.path for entry in {*one.entries} ^ {*other.entries}}
    if changed:
        lines.append(f"scoring server: {len(changed)} of its files, {min(changed)} among them")
    versions = [dict(line.split("==", 1) for line in lines) for lines in (needed, needs)]
    for name in sorted(versions[0] | versions[1]):
        was, now = (known.get(name, "none") for known in versions)
        if was != now:
            lines.append(f"scoring server's {name}: {was} becomes {now}")
    return lines


def _rendered_base_changes(old: str | None, new: str | None) -> list[str]:
    """Of the default base, which no manifest names."""
    if old is None or new is None or old == new:
        return []
    (one, was), (other, now) = old.split(" "), new.split(" ")
    if one != other:
        return [f"base {one} becomes {other}"]
    return [f"base {one}: {was[:19]} becomes {now[:19]}"]


def _base_changes(old: ImageManifest, new: ImageManifest) -> list[str]:
    if old.base == new.base:
        return []
    one, other = old.base or ManifestBase(), new.base or ManifestBase()
    if said(one) != said(other):
        return [f"base {said(one)} becomes {said(other)}"]
    digests = [(base.digest or base.id or "a name")[:19] for base in (one, other)]
    return [f"base {said(one)}: {' becomes '.join(digests)}"]
