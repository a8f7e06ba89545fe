"""Files that a build is lent, as an image that is there for as long as the build takes."""

from __future__ import annotations

import contextlib
import io
import secrets
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_mlops.docker_client import engine_errors
from jupyter_mlops.images.container import LABEL

__all__ = ["lent"]


@contextlib.contextmanager
def lent(client: Any, files: Mapping[str, bytes]) -> Iterator[str]:
    """The name of an image of these files alone, which a build mounts (`lent_files.mounted`); "" without files.

    Whoever is killed meanwhile leaves it behind; its label tells `jupyter mlops gc` so.
    """
    if not files:
        yield ""
        return
    name = f"jupyter-mlops/lent:{secrets.token_hex(8)}"
    with engine_errors("take the files that a build is lent"):
        repository, _, tag = name.partition(":")
        label = [f"LABEL {LABEL}.role=lent"]
        client.api.import_image_from_data(_packed(files), repository=repository, tag=tag, changes=label)
    try:
        yield name
    finally:
        with engine_errors("remove the files that a build was lent"):
            client.images.remove(name, force=True)


def _packed(files: Mapping[str, bytes]) -> bytes:
    """Readable by whichever user a step runs as."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o444
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()
