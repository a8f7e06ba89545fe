from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from jupyter_mlops.errors import ImageError, StorageError
from jupyter_mlops.images.unpack import is_whole, unpack
from jupyter_mlops.images.wheel import wheel_name
from jupyter_mlops.records import ImageManifest, ManifestScript, canonical_json
from jupyter_mlops.storage import BlobStore


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_image_lies_as_the_scoring_contract_says(tmp_path: Path, blobs: BlobStore, manifest: ImageManifest) -> None:
    folder = unpack(manifest, blobs, tmp_path / "images" / manifest.digest)
    assert names(folder) == [
        "app/azureml-models/diabetes/1/inner/words.txt",
        "app/azureml-models/diabetes/1/model.pkl",
        "app/source/beside.json",
        "app/source/score.py",
        "files.json",
        "lock.json",
        "manifest.json",
    ]
    assert (folder / "app/azureml-models/diabetes/1/model.pkl").read_bytes() == b"weights"
    assert json.loads((folder / "lock.json").read_text()) == {"packages": [], "python": "3.11.7"}
    assert json.loads((folder / "manifest.json").read_text())["script"]["name"] == "score"
    assert (folder / "wheels").is_dir()


def test_only_the_owner_can_enter_and_nobody_writes_the_model(
    tmp_path: Path, blobs: BlobStore, manifest: ImageManifest
) -> None:
    folder = unpack(manifest, blobs, tmp_path / "images" / manifest.digest)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "app/azureml-models/diabetes/1/model.pkl").stat().st_mode) == 0o400


def test_an_image_that_is_there_is_reused(tmp_path: Path, blobs: BlobStore, manifest: ImageManifest) -> None:
    folder = unpack(manifest, blobs, tmp_path / "images" / "i")
    before = (folder / "app/source/score.py").stat().st_ino
    unpack(manifest, blobs, folder)
    assert (folder / "app/source/score.py").stat().st_ino == before


def test_a_changed_script_costs_no_copy_of_its_model(tmp_path: Path, blobs: BlobStore, manifest: ImageManifest) -> None:
    changed = replace(manifest, sample_input="another sample")
    one, other = (unpack(each, blobs, tmp_path / "images" / each.digest) for each in (manifest, changed))
    model = "app/azureml-models/diabetes/1/model.pkl"
    assert one != other
    assert (one / model).samefile(other / model)
    assert not (one / "app/source/score.py").samefile(other / "app/source/score.py")
    assert names(one) == names(other)
    assert is_whole(other, changed)


def test_what_lies_beside_and_is_damaged_is_not_taken(
    tmp_path: Path, blobs: BlobStore, manifest: ImageManifest
) -> None:
    changed = replace(manifest, sample_input="another sample")
    one = unpack(manifest, blobs, tmp_path / "images" / manifest.digest)
    (one / "app/azureml-models/diabetes/1/model.pkl").unlink()  # of two files the second one is missing
    other = unpack(changed, blobs, tmp_path / "images" / changed.digest)
    assert (other / "app/azureml-models/diabetes/1/model.pkl").read_bytes() == b"weights"
    assert (other / "app/azureml-models/diabetes/1/inner/words.txt").stat().st_nlink == 1


def test_a_model_file_that_vanished_is_brought_back(tmp_path: Path, blobs: BlobStore, manifest: ImageManifest) -> None:
    folder = unpack(manifest, blobs, tmp_path / "images" / "i")
    (folder / "app/azureml-models/diabetes/1/model.pkl").unlink()
    assert not is_whole(folder, manifest)
    unpack(manifest, blobs, folder)
    assert (folder / "app/azureml-models/diabetes/1/model.pkl").read_bytes() == b"weights"


class Killed:
    """Blobs whose reader is killed in the middle of the model."""

    def __init__(self, blobs: BlobStore):
        self._blobs = blobs

    def __getattr__(self, name: str) -> object:
        return getattr(self._blobs, name)

    def fetch_tree(self, digest: str, folder: Path, progress: object = None) -> None:
        self._blobs.fetch_tree(digest, folder)
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_unpacking_leaves_nothing_that_looks_whole(
    tmp_path: Path, blobs: BlobStore, manifest: ImageManifest
) -> None:
    folder = tmp_path / "images" / "i"
    (tmp_path / "manifest.json").write_bytes(canonical_json(asdict(manifest)))
    program = f"""
import json, pathlib
from jupyter_mlops.images.manifest import from_dict
from jupyter_mlops.images.unpack import unpack
from jupyter_mlops.storage import open_blobs
from tests.images.test_unpack import Killed
manifest = from_dict(json.loads(pathlib.Path({str(tmp_path / "manifest.json")!r}).read_text()))
unpack(manifest, Killed(open_blobs({blobs.root!r})), pathlib.Path({str(folder)!r}))
"""
    ended = subprocess.run([sys.executable, "-c", program], check=False, cwd=Path(__file__).parents[2])
    assert ended.returncode == -signal.SIGKILL
    assert not folder.exists()
    assert len(list(folder.parent.glob(".i.*.part"))) == 1
    unpack(manifest, blobs, folder)
    assert sorted(path.name for path in folder.parent.iterdir()) == [".i.lock", "i"]


def test_two_at_once_unpack_it_once(tmp_path: Path, blobs: BlobStore, manifest: ImageManifest) -> None:
    folder = tmp_path / "images" / "i"
    threads = [threading.Thread(target=unpack, args=(manifest, blobs, folder)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert is_whole(folder, manifest)
    assert sorted(path.name for path in folder.parent.iterdir()) == [".i.lock", "i"]


def test_a_corrupt_blob_is_one_line_and_leaves_nothing(
    tmp_path: Path, blobs: BlobStore, manifest: ImageManifest
) -> None:
    (weights,) = [
        path for path in (tmp_path / "blobs").rglob("*") if path.is_file() and path.read_bytes() == b"weights"
    ]
    weights.chmod(0o600)
    weights.write_bytes(b"tampers")
    with pytest.raises(StorageError, match="corrupt"):
        unpack(manifest, blobs, tmp_path / "images" / "i")
    assert [path.name for path in (tmp_path / "images").iterdir()] == [".i.lock"]


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, blobs: BlobStore, manifest: ImageManifest) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((ImageError, StorageError)) as caught:
        unpack(manifest, blobs, tmp_path / "file" / "i")
    assert "\n" not in str(caught.value)


def test_a_script_cannot_lead_out_of_the_image(tmp_path: Path, blobs: BlobStore, manifest: ImageManifest) -> None:
    script = ManifestScript(**asdict(manifest.script) | {"source_directory": "../../out"})
    with pytest.raises(ImageError, match="leads out of the image"):
        unpack(replace(manifest, script=script), blobs, tmp_path / "images" / "i")


def test_a_wheel_gets_its_name_back(tmp_path: Path, blobs: BlobStore, manifest: ImageManifest) -> None:
    import zipfile

    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tool.py", "x = 1")
        archive.writestr("my_tool-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py2-none-any\nTag: py3-none-any\n")
    assert wheel_name(wheel) == "my_tool-1.2-py2.py3-none-any.whl"

    entry = blobs.put_file(wheel)
    package = {"name": "my-tool", "version": "1.2", "modules": ["tool"], "direct": True, "wheel": entry.sha256}
    lock = blobs.put_bytes(canonical_json({"python": "3.11.7", "packages": [package]}))
    folder = unpack(replace(manifest, lock=lock), blobs, tmp_path / "images" / "i")
    assert names(folder / "wheels") == ["my_tool-1.2-py2.py3-none-any.whl"]


def test_what_is_no_wheel_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no zip")
    with pytest.raises(ImageError, match="is not a wheel"):
        wheel_name(tmp_path / "x")
