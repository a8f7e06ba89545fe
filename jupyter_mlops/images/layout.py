"""Where things lie in an unpacked image. Pure; `services/process/revision.py` and the container rendering count on it.

app/azureml-models/<name>/<version>/…   the models, read-only
app/<source directory>/<entry script>   the script and the files beside it
lock.json  manifest.json                the environment, and what is frozen
wheels/                                 distributions that no index serves
files.json                              path and size of every file above: how a reuse knows that it is whole
"""

from __future__ import annotations

from pathlib import PurePosixPath

from jupyter_mlops.errors import ImageError
from jupyter_mlops.records import ManifestModel, ManifestScript

__all__ = ["APP", "FILES", "LOCK", "MANIFEST", "MODELS", "WHEELS", "inside", "model_folder", "source_folder"]

APP = "app"
MODELS = "app/azureml-models"
LOCK = "lock.json"
MANIFEST = "manifest.json"
FILES = "files.json"
WHEELS = "wheels"


def model_folder(model: ManifestModel) -> PurePosixPath:
    """The folder of a model inside the image."""
    return PurePosixPath(MODELS, model.name, str(model.version))


def source_folder(script: ManifestScript) -> PurePosixPath:
    """The folder of the script inside the image."""
    return inside(PurePosixPath(APP), script.source_directory)


def inside(folder: PurePosixPath, path: str) -> PurePosixPath:
    """`folder/path`. Raises `ImageError` when the path would leave the folder."""
    relative = PurePosixPath(path)
    if relative.is_absolute() or ".." in relative.parts or not relative.parts:
        raise ImageError(f"the path {path!r} leads out of the image", hint="register it again; the record is damaged")
    return folder / relative
