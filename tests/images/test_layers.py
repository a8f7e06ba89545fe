"""A layer's bytes depend on its files alone: not on who made it, when, where, or in which order."""

from __future__ import annotations

import io
import os
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from jupyter_mlops.errors import ImageError
from jupyter_mlops.images.archive import archive
from jupyter_mlops.images.layers import Entry, Layer, file_entries, link, parents


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


def test_an_archive_has_only_the_layers_that_are_to_be_sent(tmp_path: Path) -> None:
    layer = made(tmp_path)
    sent: list[int] = []
    data = b"".join(archive(b"{}", ["sha256:base", layer.diff_id], [layer], "n:1", sent.append))
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        names = tar.getnames()
        listed = tar.extractfile("manifest.json")
        assert listed is not None
        manifest = listed.read()
    digest = layer.diff_id.partition(":")[2]
    assert names == [f"{sha256(b'{}').hexdigest()}.json", "manifest.json", f"{digest}/layer.tar"]
    assert f'"Layers":["base/layer.tar","{digest}/layer.tar"]'.encode() in manifest
    assert sum(sent) == layer.size
