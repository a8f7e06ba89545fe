"""Small files in a container's volume, put and read by archive: it works for containers that do not run."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from jupyter_mlops.docker_client import engine_errors
from jupyter_mlops.services.docker.resources import FRONT_USER, GROUP

__all__ = ["put", "read"]


def put(container: Any, folder: str, files: Mapping[str, bytes]) -> None:
    """Write files (paths relative to `folder`), for the front's user alone. One that is there is replaced at once."""
    running = container.client.containers.get(container.id).status == "running"
    with engine_errors("write into the container"):
        if not container.put_archive(folder, _archive(files, new=running)):
            container.client.containers.get(container.id)
        if running:  # the front reads them whenever it likes
            moves = 'cd "$0" && for name; do mv -f "$name.new" "$name" || exit 1; done'
            code, said = container.exec_run(["/bin/sh", "-c", moves, folder, *files])
            if code:
                from docker.errors import DockerException

                raise DockerException(said.decode(errors="replace"))


def _archive(files: Mapping[str, bytes], *, new: bool) -> bytes:
    buffer = io.BytesIO()
    folders = sorted({str(parent) for name in files for parent in PurePosixPath(name).parents} - {"."})
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in folders:
            info = tarfile.TarInfo(name)
            info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, 0o700, FRONT_USER, GROUP
            tar.addfile(info)
        for name, content in files.items():
            info = tarfile.TarInfo(f"{name}.new" if new else name)
            info.size, info.mode, info.uid, info.gid = len(content), 0o400, FRONT_USER, GROUP
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def read(container: Any, path: str) -> bytes | None:
    """One file; None when it is not there."""
    from docker.errors import NotFound

    with engine_errors("read from the container"):
        try:
            chunks, _ = container.get_archive(path)
        except NotFound:
            return None
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            file = tar.extractfile(tar.getmembers()[0])
            return None if file is None else file.read()
