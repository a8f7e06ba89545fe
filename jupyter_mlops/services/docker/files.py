"""Small files in a container's volumes, put and read by archive: it works for containers that do not run."""

from __future__ import annotations

import contextlib
import io
import stat
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from jupyter_mlops.docker_client import engine_errors
from jupyter_mlops.services.docker.resources import FRONT_USER, GROUP

__all__ = ["copy_out", "put", "put_folder", "put_tree", "read"]


class _Owner(NamedTuple):
    user: int
    group: int


_FRONT = _Owner(FRONT_USER, GROUP)
_ROOT = _Owner(0, 0)


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


def put_folder(container: Any, at: str, name: str, *, user: int) -> None:
    """A folder `name` below `at` that this user of ours alone may enter; one that is there stays."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        _add_folder(tar, name, _Owner(user, GROUP), 0o750)
    with engine_errors("write into the container"):
        container.put_archive(at, buffer.getvalue())


def put_tree(container: Any, at: str, name: str, tree: Path, inside: str, links: Mapping[str, str]) -> None:
    """The files below `tree` as `at`/`name`/`inside`, readable by all and written by nobody; and links beside it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder in [*reversed(PurePosixPath(name).parents), PurePosixPath(name)][1:]:
            _add_folder(tar, str(folder), _ROOT, 0o755)
        _add_folder(tar, f"{name}/{inside}", _ROOT, 0o755)
        for path in sorted(tree.rglob("*")):
            below = f"{name}/{inside}/{path.relative_to(tree).as_posix()}"
            if path.is_dir():
                _add_folder(tar, below, _ROOT, 0o755)
            else:
                mode = 0o555 if path.stat().st_mode & stat.S_IXUSR else 0o444
                _add_file(tar, below, path.read_bytes(), _ROOT, mode)
        for link, to in links.items():
            info = tarfile.TarInfo(f"{name}/{link}")
            info.type, info.linkname = tarfile.SYMTYPE, to
            tar.addfile(info)
    with engine_errors("write into the container"):
        container.put_archive(at, buffer.getvalue())


def _archive(files: Mapping[str, bytes], *, new: bool) -> bytes:
    buffer = io.BytesIO()
    folders = sorted({str(parent) for name in files for parent in PurePosixPath(name).parents} - {"."})
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in folders:
            _add_folder(tar, name, _FRONT, 0o700)
        for name, content in files.items():
            _add_file(tar, f"{name}.new" if new else name, content, _FRONT, 0o400)
    return buffer.getvalue()


def _add_folder(tar: tarfile.TarFile, name: str, owner: _Owner, mode: int) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, mode, *owner
    tar.addfile(info)


def _add_file(tar: tarfile.TarFile, name: str, content: bytes, owner: _Owner, mode: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.uid, info.gid = len(content), mode, *owner
    tar.addfile(info, io.BytesIO(content))


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


def copy_out(container: Any, path: str, folder: Path) -> None:
    """What lies below `path`, written below `folder`, without owners; nothing there is no error."""
    from docker.errors import NotFound

    with engine_errors("read from the container"), contextlib.ExitStack() as stack:
        try:
            chunks, _ = container.get_archive(path)
        except NotFound:
            return
        packed = stack.enter_context(io.BytesIO(b"".join(chunks)))
        tar = stack.enter_context(tarfile.open(fileobj=packed))
        for member in tar.getmembers():
            parts = PurePosixPath(member.name).parts[1:]
            if parts and member.isfile():
                file = tar.extractfile(member)
                target = folder.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(b"" if file is None else file.read())
