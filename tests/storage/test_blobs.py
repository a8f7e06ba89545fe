"""What every store of blobs does, in a folder and over fsspec (an object store, and a file system with renames)."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import stat
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jupyter_mlops.errors import RequirementError, StorageError, UsageError
from jupyter_mlops.records import FileEntry, FileTree
from jupyter_mlops.storage import BlobStore, open_blobs
from jupyter_mlops.storage.local_blobs import LocalBlobs
from jupyter_mlops.storage.remote_blobs import RemoteBlobs
from jupyter_mlops.storage.streams import BLOCK
from jupyter_mlops.storage.trees import tree_document


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(params=["folder", "object store", "renaming file system"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "folder":
        return open_blobs(str(tmp_path / "blobs"))
    if request.param == "object store":
        return open_blobs(f"memory://{uuid.uuid4().hex}")
    return RemoteBlobs(f"file://{tmp_path}/blobs")


def spoil(blobs: BlobStore, digest: str, data: bytes = b"something else") -> None:
    """What a failing disk does."""
    if isinstance(blobs, RemoteBlobs):
        blobs._files.pipe_file(blobs._path(digest), data)
    else:
        assert isinstance(blobs, LocalBlobs)
        blobs._path(digest).write_bytes(data)


def leftovers(blobs: BlobStore) -> list[str]:
    """What is there beside whole blobs."""
    if isinstance(blobs, RemoteBlobs):
        return [path for path in blobs._files.find(blobs._base) if path.startswith(f"{blobs._base}/tmp/")]
    assert isinstance(blobs, LocalBlobs)
    return [str(path) for path in (blobs.folder / "tmp").glob("*")]


def test_bytes_come_back(blobs: BlobStore) -> None:
    digest = blobs.put_bytes(b"weights")
    assert digest == sha256(b"weights")
    assert blobs.get_bytes(digest) == b"weights"
    assert blobs.exists(digest)
    assert not blobs.exists(sha256(b"other"))
    assert blobs.missing([digest, sha256(b"other")]) == {sha256(b"other")}


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 7])
def test_a_file_of_any_size_comes_back(blobs: BlobStore, tmp_path: Path, size: int) -> None:
    data = os.urandom(1 << 20) * (size // (1 << 20)) + os.urandom(size % (1 << 20))
    (tmp_path / "model.bin").write_bytes(data)
    done: list[int] = []

    entry = blobs.put_file(tmp_path / "model.bin", done.append)

    assert entry == FileEntry("model.bin", size, sha256(data))
    assert sum(done) == size
    blobs.fetch(entry.sha256, tmp_path / "again.bin")
    assert (tmp_path / "again.bin").read_bytes() == data
    assert leftovers(blobs) == []


def test_the_same_bytes_are_kept_once(blobs: BlobStore, tmp_path: Path) -> None:
    done: list[int] = []
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(b"the same")
        blobs.put_file(tmp_path / name, done.append)
    blobs.put_bytes(b"the same")
    assert blobs.digests(older_than=-1) == {sha256(b"the same")}
    assert done == [8, 8]


def test_many_may_put_the_same_at_once(blobs: BlobStore, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"w" * 100_000)
    with ThreadPoolExecutor(8) as threads:
        entries = set(threads.map(lambda _: blobs.put_file(tmp_path / "model.bin"), range(40)))
    assert len(entries) == 1
    assert leftovers(blobs) == []


def test_a_corrupt_blob_is_found_when_it_is_read(blobs: BlobStore, tmp_path: Path) -> None:
    digest = blobs.put_bytes(b"weights")
    spoil(blobs, digest)
    with pytest.raises(StorageError, match="corrupt"):
        blobs.get_bytes(digest)
    with pytest.raises(StorageError, match="corrupt"):
        blobs.fetch(digest, tmp_path / "model.bin")
    assert list(tmp_path.glob("model.bin*")) == []  # neither the file nor a part of it


def test_a_blob_that_is_gone_is_told(blobs: BlobStore, tmp_path: Path) -> None:
    digest = blobs.put_bytes(b"weights")
    assert blobs.remove([digest, digest]) == 1
    with pytest.raises(StorageError, match="gone"):
        blobs.get_bytes(digest)
    with pytest.raises(StorageError, match="gone"):
        blobs.fetch(digest, tmp_path / "model.bin")


def test_a_blob_is_a_file_to_read(blobs: BlobStore, tmp_path: Path) -> None:
    digest = blobs.put_bytes(b"weights")
    assert blobs.file(digest, tmp_path).read_bytes() == b"weights"
    with pytest.raises(StorageError, match="is gone"):
        blobs.file("0" * 64, tmp_path)


def test_a_file_that_is_gone_is_told(blobs: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the file is gone"):
        blobs.put_file(tmp_path / "nothing")


def test_collect_keeps_what_is_named_and_what_is_young(blobs: BlobStore) -> None:
    kept, loose = blobs.put_bytes(b"kept"), blobs.put_bytes(b"loose")
    assert blobs.collect({kept}) == 0  # a registration may be under way
    assert blobs.collect({kept}, older_than=-1) == 1
    assert blobs.missing([kept, loose]) == {loose}


# ── trees ──


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = tmp_path / "model"
    (model / "deep" / "er").mkdir(parents=True)
    (model / "weights.bin").write_bytes(b"w" * 1000)
    (model / "empty").write_bytes(b"")
    (model / "deep" / "er" / "größe.txt").write_text("42")
    (model / "run.sh").write_text("#!/bin/sh\n")
    (model / "run.sh").chmod(0o755)
    return model


def test_a_tree_comes_back(blobs: BlobStore, folder: Path, tmp_path: Path) -> None:
    done: list[int] = []
    tree = blobs.put_tree(folder, done.append)

    assert [entry.path for entry in tree.entries] == ["deep/er/größe.txt", "empty", "run.sh", "weights.bin"]
    assert sum(done) == tree.size
    assert blobs.get_tree(tree.digest) == tree
    assert blobs.exists(tree.digest)  # the tree's own JSON is a blob as well

    blobs.fetch_tree(tree.digest, tmp_path / "again")
    assert blobs.put_tree(tmp_path / "again") == tree
    assert os.access(tmp_path / "again" / "run.sh", os.X_OK)
    assert not os.access(tmp_path / "again" / "empty", os.X_OK)


def test_a_file_is_a_tree_of_one(blobs: BlobStore, folder: Path, tmp_path: Path) -> None:
    tree = blobs.put_tree(folder / "weights.bin")
    assert [entry.path for entry in tree.entries] == ["weights.bin"]


def test_links_are_followed(blobs: BlobStore, folder: Path, tmp_path: Path) -> None:
    (folder / "link").symlink_to(folder / "weights.bin")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "vocabulary.txt").write_text("words")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    paths = [entry.path for entry in blobs.put_tree(folder).entries]
    assert "link" in paths
    assert "linked/vocabulary.txt" in paths


def test_what_is_no_file_is_refused(tmp_path: Path, folder: Path) -> None:
    blobs = open_blobs(str(tmp_path / "blobs"))
    with pytest.raises(UsageError, match="no such file"):
        blobs.put_tree(tmp_path / "nothing")
    (tmp_path / "hollow").mkdir()
    with pytest.raises(UsageError, match="no files"):
        blobs.put_tree(tmp_path / "hollow")
    (folder / "circle").symlink_to(folder)
    with pytest.raises(UsageError, match="in a circle"):
        blobs.put_tree(folder)
    (folder / "circle").unlink()
    (folder / "nowhere").symlink_to("nothing")
    with pytest.raises(UsageError, match="leads nowhere"):
        blobs.put_tree(folder)
    (folder / "nowhere").unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(UsageError, match="not a regular file"):
        blobs.put_tree(folder)


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../outside", ""])
def test_a_tree_cannot_write_outside_of_its_folder(tmp_path: Path, path: str) -> None:
    blobs = open_blobs(str(tmp_path / "blobs"))
    evil = FileTree((FileEntry(path, 4, blobs.put_bytes(b"evil")),))
    digest = blobs.put_bytes(tree_document(evil))
    with pytest.raises(StorageError, match="outside"):
        blobs.fetch_tree(digest, tmp_path / "folder")
    assert not (tmp_path / "outside").exists()


# ── in a folder ──


def test_files_are_their_owners_whatever_the_umask(tmp_path: Path, folder: Path) -> None:
    before = os.umask(0)
    try:
        open_blobs(str(tmp_path / "open")).put_tree(folder)
        os.umask(0o777)
        open_blobs(str(tmp_path / "closed")).put_tree(folder)
    finally:
        os.umask(before)
    for root in ("open", "closed"):
        modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / root).rglob("*")}
        assert modes == {True: 0o700, False: 0o600}


def test_what_a_killed_process_left_is_swept_and_what_is_held_is_not(tmp_path: Path) -> None:
    first = LocalBlobs(tmp_path)
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "left").write_bytes(b"half of")
    with first._temporary() as (_, held):
        for path in (tmp_path / "tmp" / "left", held):
            os.utime(path, (0, 0))
        LocalBlobs(tmp_path).put_bytes(b"weights")
        assert [path.name for path in (tmp_path / "tmp").iterdir()] == [held.name]


# ── over fsspec ──


def test_what_a_killed_sender_left_is_swept_after_a_day(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    for name in ("left", "young"):
        (tmp_path / "tmp" / name).write_bytes(b"half of")
    os.utime(tmp_path / "tmp" / "left", (0, 0))
    RemoteBlobs(f"file://{tmp_path}").put_bytes(b"weights")
    assert [path.name for path in (tmp_path / "tmp").iterdir()] == ["young"]


def test_a_relative_root_is_under_the_workspace(tmp_path: Path) -> None:
    assert open_blobs("blobs", tmp_path).root == str(tmp_path / "blobs")
    assert open_blobs(f"file://{tmp_path}/blobs").root == str(tmp_path / "blobs")


def test_a_driver_that_is_not_installed_names_what_to_install() -> None:
    if importlib.util.find_spec("gcsfs") is None:
        with pytest.raises(RequirementError, match=r"pip install 'jupyter-mlops\[gcs\]'"):
            open_blobs("gs://bucket/path")
    with pytest.raises(UsageError, match="no file system is known"):
        open_blobs("nonsense://bucket")


class Growing:
    """A path whose file changes between the two times that it is read."""

    def __init__(self, path: Path):
        self.path, self.name, self.reads = path, path.name, 0

    def open(self, *arguments: object, **options: object) -> object:
        self.reads += 1
        if self.reads == 2:
            self.path.write_bytes(b"longer than before")
        return self.path.open(*arguments, **options)  # type: ignore[call-overload]


@pytest.mark.parametrize("kind", ["object store", "renaming file system"])
def test_a_file_that_changes_while_it_is_sent_is_not_kept(tmp_path: Path, kind: str) -> None:
    url = f"memory://{uuid.uuid4().hex}" if kind == "object store" else f"file://{tmp_path}/blobs"
    blobs = RemoteBlobs(url)
    (tmp_path / "model.bin").write_bytes(b"before")
    with pytest.raises(StorageError, match="changed"):
        blobs.put_file(Growing(tmp_path / "model.bin"))  # type: ignore[arg-type]
    assert blobs.digests(older_than=-1) == set()
    assert leftovers(blobs) == []


@pytest.mark.parametrize("size", [1000, BLOCK + 1000])
def test_a_damaged_blob_is_put_right_by_registering_its_file_again(blobs: BlobStore, tmp_path: Path, size: int) -> None:
    (tmp_path / "model.bin").write_bytes(b"w" * size)
    digest = blobs.put_file(tmp_path / "model.bin").sha256
    for damaged in (b"v" * size, b"w" * (size - 1), b""):
        spoil(blobs, digest, damaged)
        with pytest.raises(StorageError, match="register the model again"):
            blobs.get_bytes(digest)
        blobs.put_file(tmp_path / "model.bin")
        assert blobs.get_bytes(digest) == b"w" * size
    spoil(blobs, digest, b"v" * size)
    blobs.put_bytes(b"w" * size)
    assert blobs.get_bytes(digest) == b"w" * size
    assert leftovers(blobs) == []
