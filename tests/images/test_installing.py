"""Packages are laid out as they were locked: from the wheel of that hash, or not at all."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from http.server import HTTPServer, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jupyter_mlops.errors import MlopsError, RequirementError
from jupyter_mlops.images.base_image import BaseImage
from jupyter_mlops.images.inputs import resolve
from jupyter_mlops.images.installing import install
from tests.capture.environment import fake
from tests.registry.test_crashes import ROOT, Tiny, mounting
from tests.services.specs import Said

__all__ = ["mounting"]

BASE = BaseImage(
    reference="base:1", id="sha256:0", diff_ids=(), python="3.11.2", python_path="/usr/bin/python3", machine="x86_64",
    glibc="2.36", architecture="amd64", os="linux",
)  # fmt: skip


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """alpha 1.0 of an index of our own."""
    path = fake.wheel(tmp_path / "wheels", "alpha", "1.0")
    monkeypatch.setenv("UV_DEFAULT_INDEX", fake.index(tmp_path / "index", [path]))
    monkeypatch.setenv("UV_INDEX", "")
    monkeypatch.setenv("UV_FIND_LINKS", "")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return path


def laid_out(requirements: list[str], folder: Path, *wheels: Path) -> set[str]:
    entries = install(requirements, wheels, folder, "opt/here", BASE, Said())
    return {entry.path.removeprefix("opt/here/") for entry in entries if entry.content is not None}


def test_a_pinned_wheel_is_laid_out(wheel: Path, tmp_path: Path) -> None:
    (pin,) = resolve(["alpha==1.0"], BASE)
    names = laid_out([pin.requirement], tmp_path / "site")
    assert {"alpha.py", "alpha-1.0.dist-info/METADATA"} <= names
    assert not {name for name in names if name.endswith(("direct_url.json", "uv_cache.json", ".lock"))}


def test_a_disk_without_room_for_the_packages_is_said_as_that(wheel: Path, tmp_path: Path, mounting: Tiny) -> None:
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("alpha_data.bin", bytes(1 << 20))
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [*mounting(f"mount -t tmpfs -o size=256k tmpfs {disk}"), sys.executable, "-m", __name__]
    environment = {**os.environ, "UV_FIND_LINKS": str(wheel.parent)}
    told = subprocess.run([*command, str(disk / "site")], capture_output=True, text=True, cwd=ROOT, env=environment)
    assert told.stdout == f"StorageError: {disk}: the disk is full; free some space and try again\n", told.stderr


def test_another_file_under_the_same_version_is_refused(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pin,) = resolve(["alpha==1.0"], BASE)
    fake.wheel(wheel.parent, "alpha", "1.0", requires=["something-new"])
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "another-machine"))
    with pytest.raises(
        RequirementError, match=r"the index serves another file for alpha==1\.0 than the one that was lock"
    ):
        laid_out([pin.requirement], tmp_path / "site")


def test_a_wheel_that_the_workspace_keeps_needs_no_index(wheel: Path, tmp_path: Path) -> None:
    own = fake.wheel(tmp_path / "kept", "mine", "2.0")
    digest = sha256(own.read_bytes()).hexdigest()
    names = laid_out([f"mine==2.0 --hash=sha256:{digest}"], tmp_path / "site", own.parent)
    assert "mine.py" in names


def test_what_has_no_wheel_is_named(wheel: Path, tmp_path: Path) -> None:
    with pytest.raises(RequirementError, match=r"beta==1\.0 cannot be had as a wheel for Python 3\.11"):
        laid_out(["beta==1.0"], tmp_path / "site")


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """An index over HTTP."""
    folder = tmp_path / "served"
    path = fake.wheel(folder / "alpha", "alpha", "1.0")
    (folder / "alpha/index.html").write_text(f'<a href="{path.name}">{path.name}</a>')
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        for name in ("UV_INDEX", "UV_FIND_LINKS"):
            monkeypatch.setenv(name, "")
        yield server
        server.shutdown()
        thread.join()


class Quiet(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")  # as an index does whose pages change
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def test_what_was_fetched_once_is_had_without_an_index(served: HTTPServer, tmp_path: Path) -> None:
    digest = sha256((tmp_path / "served/alpha/alpha-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    requirement = f"alpha==1.0 --hash=sha256:{digest}"
    first = laid_out([requirement], tmp_path / "1")
    served.shutdown()
    served.server_close()
    assert laid_out([requirement], tmp_path / "2") == first


if __name__ == "__main__":
    try:
        laid_out(["alpha==1.0"], Path(sys.argv[1]))
    except MlopsError as error:
        print(f"{type(error).__name__}: {error.message}")
