"""A wheel that was kept by its content alone gets back the file name that installers insist on."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from jupyter_mlops.errors import ImageError

__all__ = ["wheel_name"]


def wheel_name(path: Path) -> str:
    """`name-version-python-abi-platform.whl`, read from the wheel's own `.dist-info`.

    https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    Raises `ImageError` when the file is no wheel.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            about = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/WHEEL", name))
            text = archive.read(about).decode()
    except (zipfile.BadZipFile, StopIteration, UnicodeDecodeError) as error:
        raise ImageError(f"{path.name} is not a wheel", hint="capture the environment again") from error
    tags = [tag.strip().split("-") for tag in re.findall(r"(?m)^Tag:(.+)$", text)]
    if not tags or any(len(tag) != 3 for tag in tags):
        raise ImageError(f"the wheel {about.partition('/')[0]} has no tags", hint="capture the environment again")
    build = re.search(r"(?m)^Build:\s*(\S+)", text)
    compressed = [".".join(dict.fromkeys(part)) for part in zip(*tags, strict=True)]
    parts = [about.partition(".dist-info")[0], *([build.group(1)] if build else []), *compressed]
    return "-".join(parts) + ".whl"
