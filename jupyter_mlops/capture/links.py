"""Where a link in a folder that is taken may lead: what lies outside of the folder was not given."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlops.errors import UsageError

__all__ = ["CIRCLE", "within"]

CIRCLE = "a link that leads in a circle"


def within(path: Path, folder: Path, *, otherwise: str = "") -> Path:
    """Where `path` truly lies, which is in `folder` (a resolved one); `otherwise`: what else one may do.

    Raises `UsageError` for what leads out of it.
    """
    real = path.resolve()
    if not real.is_relative_to(folder) and real.exists():
        raise UsageError(
            f"a link that leads out of the folder, to {real}",
            where=str(path),
            hint="cp -rL FOLDER COPY puts the files in the place of links; then give COPY" + otherwise,
        )
    return real
