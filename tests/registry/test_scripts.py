"""Scripts, locks and environments, on each database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jupyter_mlops.errors import NotFoundError, StorageError
from jupyter_mlops.records import (
    CapturedScript,
    EnvironmentLock,
    ImageManifest,
    LineOrigin,
    LockedPackage,
    ModelRecord,
    ProofResult,
    canonical_json,
)
from jupyter_mlops.registry import environments, images, locks, scripts
from jupyter_mlops.storage import Store
from tests.fixtures.stores import PROVENANCE


@pytest.fixture
def captured_script(tmp_path: Path) -> CapturedScript:
    folder = tmp_path / "source"
    (folder / "shared").mkdir(parents=True)
    (folder / "score.py").write_text("def init(): pass\n")
    (folder / "shared" / "words.py").write_text("WORDS = 1\n")
    return CapturedScript(
        folder=str(folder),
        entry_script="score.py",
        models=("diabetes:1",),
        imports=("numpy", "sklearn"),
        lines=(LineOrigin(1, "Cell [7]", 3),),
        sample_input='{"data": [[1]]}',
        sample_output=None,
        has_sample_output=True,
    )


def test_a_script_comes_back(store: Store, captured_script: CapturedScript, tmp_path: Path) -> None:
    made = scripts.save(store, "score", captured_script, proof=None, provenance=PROVENANCE)
    assert (made.lines, made.imports, made.has_sample_output) == (captured_script.lines, captured_script.imports, True)
    assert scripts.get(store, "score") == scripts.get(store, made.digest) == made
    assert scripts.download(store, made, tmp_path / "down") == tmp_path / "down" / "score.py"
    assert (tmp_path / "down" / "shared" / "words.py").read_text() == "WORDS = 1\n"
    with pytest.raises(NotFoundError, match="did you mean score"):
        scripts.get(store, "scores")


def test_the_newest_of_a_name_counts(store: Store, captured_script: CapturedScript) -> None:
    first = scripts.save(store, "score", captured_script, proof=None, provenance=PROVENANCE)
    assert scripts.save(store, "score", captured_script, proof=None, provenance=PROVENANCE) == first
    (Path(captured_script.folder) / "score.py").write_text("def init(): return\n")
    second = scripts.save(store, "score", captured_script, proof=None, provenance=PROVENANCE)
    other = scripts.save(store, "other", captured_script, proof=None, provenance=PROVENANCE)
    assert scripts.get(store, "score") == second
    assert scripts.get(store, first.digest) == first
    assert scripts.search(store) == [other, second]
    assert scripts.search(store, name="score") == [second, first]
    assert scripts.names(store) == ["other", "score"]


def test_a_proof_is_recorded(store: Store, captured_script: CapturedScript) -> None:
    made = scripts.save(store, "score", captured_script, proof=None, provenance=PROVENANCE)
    proof = ProofResult(proven=True, status=200, answer=[1.0], milliseconds=2.5, warnings=("slow",), lock="0" * 64)
    assert scripts.record_proof(store, made, proof).proof == proof
    assert scripts.get(store, "score").proof == proof
    with pytest.raises(NotFoundError):
        scripts.record_proof(store, replace(made, name="other"), proof)


LOCK = EnvironmentLock(
    python="3.11.7",
    packages=(
        LockedPackage(name="numpy", version="2.1.0", modules=("numpy",)),
        LockedPackage(name="scikit-learn", version="1.5.0", modules=("sklearn",), direct=True),
    ),
    source="conda.yml",
    differences=("scikit-learn 1.9 in the kernel, 1.5 in conda.yml",),
)


def test_a_lock_comes_back(store: Store) -> None:
    digest = locks.save(store, LOCK)
    assert digest == LOCK.digest
    assert locks.get(store, digest) == LOCK
    assert locks.save(store, replace(LOCK, source="kernel", differences=())) == digest
    assert locks.get(store, digest) == replace(LOCK, source="kernel", differences=())
    with pytest.raises(NotFoundError):
        locks.get(store, "0" * 64)


def test_a_lock_keeps_its_wheels(store: Store) -> None:
    wheel = store.blobs.put_bytes(b"a wheel")
    own = replace(LOCK, packages=(*LOCK.packages, LockedPackage(name="mine", version="0.1", wheel=wheel)))
    locks.save(store, own)
    assert store.sweep(older_than=-1) == 0
    gone = replace(LOCK, packages=(LockedPackage(name="mine", version="0.2", wheel="0" * 64),))
    with pytest.raises(StorageError, match="wheel of mine is gone"):
        locks.save(store, gone)


def test_a_lock_goes_with_its_last_image(
    store: Store, make_model: Callable[..., ModelRecord], make_manifest: Callable[..., ImageManifest]
) -> None:
    model = make_model()
    made = [
        images.register(store, name, make_manifest(model), provenance=PROVENANCE) for name in ("one", "two", "three")
    ]
    row = store.locks.get(made[0].manifest.lock)
    assert row is not None
    store.locks.save(row._replace(created=datetime.now(UTC) - timedelta(hours=2)))
    images.delete(store, made[0])
    images.delete(store, made[1])
    assert locks.get(store, row.digest)
    images.delete(store, made[2])
    with pytest.raises(NotFoundError):
        locks.get(store, row.digest)
    assert not store.blobs.exists(row.digest)


def test_the_blob_of_a_lock_is_what_its_digest_says(store: Store) -> None:
    document = store.blobs.get_bytes(locks.save(store, LOCK))
    assert document.startswith(b'{"packages":[{"direct":false,"modules":["numpy"],"name":"numpy"')
    assert canonical_json({"python": "3.11.7"})[1:-1] in document


def test_environments_have_versions(store: Store) -> None:
    first = environments.register(store, "sklearn-env", {"dependencies": ["numpy"]})
    assert environments.register(store, "sklearn-env", {"dependencies": ["numpy"]}) == first
    second = environments.register(store, "sklearn-env", {"dependencies": ["numpy", "scipy"]})
    assert (first.version, second.version) == (1, 2)
    assert environments.get(store, "sklearn-env") == second
    assert environments.get(store, "sklearn-env:1") == first
    assert environments.search(store) == [second, first]
    with pytest.raises(NotFoundError, match="there are 1, 2"):
        environments.get(store, "sklearn-env", 3)
    with pytest.raises(NotFoundError, match="did you mean"):
        environments.get(store, "sklearn")
