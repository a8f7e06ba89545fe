"""A registration that is broken off: by kill -9, by a full disk, by a folder that cannot be written."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlops.errors import StorageError
from jupyter_mlops.records import CapturedModel
from jupyter_mlops.registry import events, models
from jupyter_mlops.storage import Store, create_store, open_store
from jupyter_mlops.storage.streams import BLOCK
from tests.fixtures.stores import PROVENANCE

ROOT = Path(__file__).parents[2]
MEGABYTE = 1024 * 1024


def victim(location: str | Path, file: Path, place: str, *before: str, **options: object) -> subprocess.Popen[str]:
    command = [*before, sys.executable, "-m", "tests.registry.victim", str(file), place]
    environment = {**os.environ, "JUPYTER_MLOPS_WORKSPACE": str(location)}
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, error = process.communicate(timeout=60)
    return process.returncode, out.strip(), error.strip()


@pytest.fixture
def large_file(tmp_path: Path) -> Path:
    file = tmp_path / "large.bin"
    file.write_bytes(os.urandom(MEGABYTE) * (3 * BLOCK // MEGABYTE))
    return file


@pytest.mark.parametrize("place", ["copying", "committing"])
def test_kill_9_leaves_nothing_half_made(
    location: str, store: Store, large_file: Path, captured: CapturedModel, place: str
) -> None:
    process = victim(location, large_file, place)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGKILL)
    ended(process)

    assert models.names(store) == []
    assert events.since(store, 0) == []
    assert models.register(store, "diabetes", captured, provenance=PROVENANCE).version == 1

    # What was written is whole or out of sight, and goes when it is old: the half-written file with the next
    # registration of a new process, a blob that nobody refers to with the next sweep.
    temporary = Path(store.blobs.root) / "tmp"
    assert len(list(temporary.iterdir())) == (place == "copying")
    for left in temporary.iterdir():
        os.utime(left, (0, 0))
    ended(victim(location, large_file, "whole"))
    assert list(temporary.iterdir()) == []
    for model in models.search(store):
        models.delete(store, model)
    store.sweep(older_than=-1)
    assert store.blobs.digests(older_than=-1) == set()


def limited() -> None:
    """No file may grow beyond two blocks: a disk that is full in the middle, for those who may mount none."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * BLOCK, 2 * BLOCK))


def nothing_is_left(location: Path) -> None:
    with open_store(location) as store:
        assert models.names(store) == []
        assert store.blobs.digests(older_than=-1) == set()
        assert list(location.glob("blobs/tmp/*")) == []


def test_a_file_that_may_not_grow_leaves_nothing_half_made(tmp_path: Path, large_file: Path) -> None:
    create_store(tmp_path / "ws").close()
    status, _, error = ended(victim(tmp_path / "ws", large_file, "whole", preexec_fn=limited))
    assert status == 1
    assert error.startswith("StorageError")
    assert "no space left while storing a blob" in error
    assert "\n" not in error
    nothing_is_left(tmp_path / "ws")
    assert ended(victim(tmp_path / "ws", large_file, "whole"))[:2] == (0, "1")


Tiny = Callable[[str], list[str]]


@pytest.fixture
def mounting() -> Tiny:
    """`mounting(script)` is a command that runs `script` where it may mount, and then what follows."""
    probe = ["unshare", "--mount", "--map-root-user", "true"]
    if shutil.which("unshare") is None or subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip("no mount namespace may be made here (the same is shown with a limit on the size of a file)")
    return lambda script: ["unshare", "--mount", "--map-root-user", "sh", "-ec", f'{script}; exec "$@"', "-"]


def test_a_full_disk_leaves_nothing_half_made(tmp_path: Path, large_file: Path, mounting: Tiny) -> None:
    """A real disk of 32 MB, a workspace on it, a model of 48 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [*mounting(f"mount -t tmpfs -o size=32m tmpfs {disk}"), sys.executable, "-m", "tests.registry.full_disk"]
    done = subprocess.run([*command, str(disk), str(large_file)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    refused, left, full, stopped, again = done.stdout.splitlines()
    assert refused.startswith("StorageError")
    assert "no space left while storing a blob" in refused
    assert left == "[] []"
    assert full == "full"
    assert stopped.startswith("StorageError")
    assert "no space left for the database" in stopped
    assert again == "1 1"  # the next number: nothing was half-written, and it goes on as soon as there is room


def test_a_read_only_disk_is_told_in_one_line(tmp_path: Path, large_file: Path, mounting: Tiny) -> None:
    create_store(tmp_path / "ws").close()
    place = tmp_path / "ws"
    frozen = mounting(f"mount --bind {place} {place}; mount -o remount,bind,ro {place}")
    status, _, error = ended(victim(place, large_file, "whole", *frozen))
    assert status == 1
    assert error.startswith("StorageError")
    assert "\n" not in error
    nothing_is_left(place)


def test_a_folder_that_is_not_ours_is_told_in_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("root may write everywhere (the same is shown with a read-only mount)")
    with pytest.raises(StorageError, match="not allowed to write") as caught:
        create_store(tmp_path / "ws")
    tmp_path.chmod(0o700)
    assert "\n" not in str(caught.value)
