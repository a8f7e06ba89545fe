"""Blobs in a bucket: a real S3 client (s3fs) and a server that speaks its protocol (moto)."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlops.errors import StorageError
from jupyter_mlops.storage.blobs import open_blobs
from jupyter_mlops.storage.remote_blobs import RemoteBlobs
from jupyter_mlops.storage.streams import BLOCK

pytestmark = pytest.mark.s3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that is there for the tests of this file."""
    missing = [name for name in ("s3fs", "moto.server") if not _is_there(name)]
    if missing:
        pytest.skip(f"no S3: {', '.join(missing)} not installed (pip install s3fs moto flask flask-cors)")
    log = tmp_path_factory.mktemp("s3") / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], stdout=output, stderr=output
        )
    try:
        while (found := re.search(r"Running on (http\S+)\s", said := log.read_text())) is None:
            assert process.poll() is None, said
            time.sleep(0.02)
        yield found[1]
    finally:
        process.terminate()
        process.wait()


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


@pytest.fixture
def blobs(server: str, monkeypatch: pytest.MonkeyPatch) -> RemoteBlobs:
    """In a new bucket; the credentials come from the environment, as a user's do."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": server,
    }.items():
        monkeypatch.setenv(name, value)
    bucket = f"bucket-{os.urandom(4).hex()}"
    urllib.request.urlopen(urllib.request.Request(f"{server}/{bucket}", method="PUT")).close()
    opened = open_blobs(f"s3://{bucket}/team")
    assert isinstance(opened, RemoteBlobs)
    return opened


def test_a_tree_comes_back(blobs: RemoteBlobs, tmp_path: Path) -> None:
    (tmp_path / "model" / "deep").mkdir(parents=True)
    (tmp_path / "model" / "weights.bin").write_bytes(os.urandom(BLOCK + 1000))
    (tmp_path / "model" / "deep" / "words.txt").write_text("words")
    done: list[int] = []
    tree = blobs.put_tree(tmp_path / "model", done.append)
    assert sum(done) == tree.size
    blobs.fetch_tree(tree.digest, tmp_path / "again")
    assert blobs.put_tree(tmp_path / "again") == tree
    digests = {entry.sha256 for entry in tree.entries} | {tree.digest}
    assert blobs.digests(older_than=-5) == digests
    assert blobs.missing([*digests, "0" * 64]) == {"0" * 64}
    assert blobs.collect(set(), older_than=-5) == 3


@pytest.mark.parametrize("size", [1000, BLOCK + 1000])
def test_a_damaged_blob_is_found_and_put_right_by_registering_its_file_again(
    blobs: RemoteBlobs, tmp_path: Path, size: int
) -> None:
    (tmp_path / "model.bin").write_bytes(b"w" * size)
    digest = blobs.put_file(tmp_path / "model.bin").sha256
    blobs._files.pipe_file(blobs._path(digest), b"v" * size)
    with pytest.raises(StorageError, match="corrupt"):
        blobs.fetch(digest, tmp_path / "again.bin")
    blobs.put_file(tmp_path / "model.bin")
    blobs.fetch(digest, tmp_path / "again.bin")
    assert (tmp_path / "again.bin").read_bytes() == b"w" * size


def test_a_bucket_that_is_not_there_is_one_line(blobs: RemoteBlobs) -> None:
    with pytest.raises(StorageError, match="bucket does not exist") as caught:
        open_blobs("s3://nobody-has-this-bucket/team").put_bytes(b"weights")
    assert "\n" not in str(caught.value)
