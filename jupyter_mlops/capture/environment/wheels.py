"""Wheels of what no index serves: packed again from the installed files, or built from an editable's source.

An installed distribution lists its own files, so a VCS or local install is packed as it stands: no build tool,
no network, and the bytes that were tried in the notebook. Only an editable install, whose files lie in
somebody's source folder, has to be built.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import tempfile
import zipfile
from pathlib import Path

from jupyter_mlops.capture.environment.installed import Distribution, Origin
from jupyter_mlops.errors import RequirementError
from jupyter_mlops.installers import uv_command, uv_environment

__all__ = ["build", "repack", "wheel_of"]

_BUILD_TIMEOUT_S = 300
_NOT_PACKED = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}
_EPOCH = (1980, 1, 1, 0, 0, 0)


def wheel_of(distribution: Distribution, wheels: Path | None) -> str | None:
    """The sha256 of the wheel that was put into the folder; None for an ordinary release, which needs none.

    Raises `RequirementError` when there is no folder to put it in, or it cannot be made.
    """
    origin = distribution.origin
    if origin is None:
        return None
    if wheels is None:
        raise RequirementError(
            f"{distribution.name} {distribution.version} is installed from {_told(origin)}, which no index serves",
            hint=f"pip install {distribution.name}",
        )
    wheels.mkdir(parents=True, exist_ok=True)
    path = build(distribution, origin, wheels) if origin.kind == "editable" else repack(distribution, wheels)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _told(origin: Origin) -> str:
    """Without what may be a password."""
    scheme, _, rest = origin.url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2] if '@' in rest.partition('/')[0] else rest}"


def build(distribution: Distribution, origin: Origin, wheels: Path) -> Path:
    """A wheel from the source folder of an editable install, by the build backend that it names.

    Raises `RequirementError` with the builder's last lines.
    """
    source = origin.folder
    if source is None or not source.is_dir():
        raise RequirementError(f"{distribution.name} is an editable install of {_told(origin)}, which is gone")
    with tempfile.TemporaryDirectory(dir=wheels) as place:
        command = [*uv_command(), "build", "--wheel", "--no-config", "--out-dir", place, str(source)]
        # A fixed time makes the same source the same bytes, so that the lock's digest stays.
        environment = {"SOURCE_DATE_EPOCH": "315532800", **uv_environment()}
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=_BUILD_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise _unbuildable(distribution, source, f"no wheel after {_BUILD_TIMEOUT_S} s") from error
        made = list(Path(place).glob("*.whl"))
        if done.returncode != 0 or not made:
            raise _unbuildable(distribution, source, done.stderr)
        return made[0].replace(wheels / made[0].name)


def _unbuildable(distribution: Distribution, source: Path, output: str) -> RequirementError:
    return RequirementError(
        f"{distribution.name} is an editable install and no wheel could be built from it",
        where=str(source),
        hint=f"uv build --wheel {source}",
        details="\n".join(output.strip().splitlines()[-20:]),
    )


def repack(distribution: Distribution, wheels: Path) -> Path:
    """A wheel of the files that are installed; the same files give the same bytes.

    Raises `RequirementError` where the installer left no list of them.
    """
    files = sorted(path for path in distribution.files if _is_packed(path))
    if not files:
        raise RequirementError(
            f"{distribution.name} {distribution.version} has no list of its files, so no wheel can be made of it",
            hint=f"pip install --force-reinstall {distribution.name}",
        )
    name = distribution.folder.stem.replace("-", "_", distribution.folder.stem.count("-") - 1)
    path = wheels / f"{name}-{_tag(distribution)}.whl"
    partial = path.with_suffix(".partial")
    record = []
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            data = (distribution.site / file).read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{file},sha256={digest},{len(data)}\n")
            archive.writestr(_entry(file, executable=os.access(distribution.site / file, os.X_OK)), data)
        listed = f"{distribution.folder.name}/RECORD"
        archive.writestr(_entry(listed), "".join([*record, f"{listed},,\n"]))
    return partial.replace(path)


def _is_packed(path: str) -> bool:
    """Not what lies outside the site folder (scripts, which the entry points make again) or is made at install."""
    inside = not path.startswith(("..", "/"))
    made = path.endswith(".pyc") or ("dist-info/" in path and path.rpartition("/")[2] in _NOT_PACKED)
    return inside and not made


def _entry(name: str, *, executable: bool = False) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100755 if executable else 0o100644) << 16
    return entry


def _tag(distribution: Distribution) -> str:
    """The tags of its WHEEL file, in the compressed form of a file name: `py2.py3-none-any`."""
    path = distribution.folder / "WHEEL"
    lines = path.read_text().splitlines() if path.is_file() else []
    tags = [line.partition(":")[2].strip().split("-") for line in lines if line.startswith("Tag:")]
    if not tags:
        return "py3-none-any"
    return "-".join(".".join(dict.fromkeys(tag[place] for tag in tags)) for place in range(3))
