"""A layer's bytes depend on its files alone: not on who made it, when, where, or in which order."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Generator
from hashlib import sha256
from pathlib import Path

import pytest

from jupyter_mlops.errors import ImageError, StorageError
from jupyter_mlops.images.archive import closing, layer_file, path_of
from jupyter_mlops.images.layers import Entry, Layer, blob_entries, file_entries, link, parents
from jupyter_mlops.storage import BlobStore


def made(root: Path, *, reverse: bool = False, when: int = 0) -> Layer:
    files = {"a.txt": b"one", "b/c.bin": os.urandom(0) + b"x" * 70_000, "b/run.sh": b"#!/bin/sh\n"}
    for name in sorted(files, reverse=reverse):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
        os.utime(path, (when, when))
    (root / "b/run.sh").chmod(0o744)
    entries = [*parents(["opt/x/y"]), *file_entries(root, "opt/x"), link("opt/x/l", "a.txt")]
    return Layer.of("files", "k", reversed(entries) if reverse else entries)


def test_the_same_files_are_the_same_bytes(tmp_path: Path) -> None:
    one, other = made(tmp_path / "1"), made(tmp_path / "2", reverse=True, when=1_000_000)
    assert one.diff_id == other.diff_id
    data = b"".join(one.chunks())
    assert len(data) == one.size
    assert one.diff_id == f"sha256:{sha256(data).hexdigest()}"


def test_owners_times_and_modes_are_not_those_of_this_machine(tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(b"".join(made(tmp_path, when=5).chunks()))) as tar:
        seen = {member.name: (member.mode, member.uid, member.gid, member.mtime, member.uname) for member in tar}
    assert seen == {
        "opt": (0o755, 0, 0, 0, ""),
        "opt/x": (0o755, 0, 0, 0, ""),
        "opt/x/a.txt": (0o444, 0, 0, 0, ""),
        "opt/x/b": (0o755, 0, 0, 0, ""),
        "opt/x/b/c.bin": (0o444, 0, 0, 0, ""),
        "opt/x/b/run.sh": (0o555, 0, 0, 0, ""),
        "opt/x/l": (0o777, 0, 0, 0, ""),
    }


def test_of_entries_with_one_path_the_last_counts() -> None:
    entries = [Entry(path="a", mode=0o444, content=b"1"), Entry(path="a", mode=0o444, content=b"2")]
    assert [entry.content for entry in Layer.of("n", "k", entries).entries] == [b"2"]


def test_a_file_that_shrinks_while_it_is_sent_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x" * 3_000_000)
    chunks = Entry(path="f", mode=0o444, content=path).chunks()
    next(chunks)
    path.write_bytes(b"")
    with pytest.raises(ImageError, match="changed while"):
        list(chunks)


def test_a_blob_is_checked_while_it_is_read(blobs: BlobStore, tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "inner" / "model.bin").write_bytes(b"x" * 100_000)
    tree = blobs.put_tree(tmp_path / "folder")
    entries = blob_entries(tree, "opt/x", lambda sha256: blobs.file(sha256, tmp_path))
    layer = Layer.of("model", "k", entries)
    assert [entry.path for entry in layer.entries] == ["opt/x/inner", "opt/x/inner/model.bin"]
    kept = blobs.file(tree.entries[0].sha256, tmp_path)
    kept.chmod(0o600)
    kept.write_bytes(b"y" * 100_000)
    with pytest.raises(StorageError, match="is corrupt"):
        list(layer.chunks())


def sent_by(layers: Generator[bytes, None, str]) -> tuple[bytes, str]:
    chunks = []
    while True:
        try:
            chunks.append(next(layers))
        except StopIteration as end:
            return b"".join(chunks), end.value


def test_a_layers_digest_is_known_once_it_is_sent(tmp_path: Path) -> None:
    layer, sent = made(tmp_path), []
    data, digest = sent_by(layer_file(layer, "0/layer.tar", sent.append))
    assert digest == layer.diff_id
    assert sum(sent) == layer.size
    with tarfile.open(fileobj=io.BytesIO(data + b"\0" * 1024)) as tar:
        inner = tar.extractfile("0/layer.tar")
        assert inner is not None
        assert sha256(inner.read()).hexdigest() == digest.partition(":")[2]


def test_an_archive_names_the_layers_that_are_not_in_it_too(tmp_path: Path) -> None:
    data, _ = sent_by(layer_file(made(tmp_path), "1/layer.tar"))
    data += b"".join(closing(b"{}", [path_of("sha256:base"), "1/layer.tar"], "n:1"))
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert tar.getnames() == ["1/layer.tar", f"{sha256(b'{}').hexdigest()}.json", "manifest.json"]
        listed = tar.extractfile("manifest.json")
        assert listed is not None
        assert b'"Layers":["base/layer.tar","1/layer.tar"]' in listed.read()
