"""An image of real blobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.images import manifest as manifests
from jupyter_mlops.records import ImageManifest, canonical_json
from jupyter_mlops.storage import BlobStore, open_blobs
from tests.images.records import a_lock, a_model, a_script


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return open_blobs(str(tmp_path / "blobs"))


@pytest.fixture
def manifest(tmp_path: Path, blobs: BlobStore) -> ImageManifest:
    """One model of two files, one script with a file beside it, an empty environment."""
    model, source = tmp_path / "model", tmp_path / "source"
    (model / "inner").mkdir(parents=True)
    (model / "model.pkl").write_bytes(b"weights")
    (model / "inner" / "words.txt").write_text("one\ntwo\n")
    source.mkdir()
    (source / "score.py").write_text("def init(): ...\ndef run(data): return data\n")
    (source / "beside.json").write_text("{}")
    lock = a_lock()
    digest = blobs.put_bytes(canonical_json({"python": lock.python, "packages": []}))
    models = [a_model(digest=blobs.put_tree(model).digest)]
    return manifests.make(models, a_script(digest=blobs.put_tree(source).digest), digest, lock, scoring_version="0.1.0")
