"""What came into a container image from outside is kept: made anew after an upgrade it is the same to the bit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import jupyter_mlops
from jupyter_mlops import Image, InferenceConfig, Workspace
from jupyter_mlops.images.base_image import BaseImage
from jupyter_mlops.images.inputs import Inputs, Pin, resolve, server_tree
from jupyter_mlops.operations import inputs
from jupyter_mlops.records import EnvironmentLock, LockedPackage
from jupyter_mlops.registry import pins
from tests.capture.environment import fake
from tests.services.docker.containers import engine_or_skip
from tests.services.specs import Said

BASE = BaseImage(
    reference="base:1", id="sha256:0", diff_ids=(), python="3.11.2", python_path="/usr/bin/python3", machine="x86_64",
    glibc="2.36", architecture="amd64", os="linux",
)  # fmt: skip

SCRIPT = """
import json, packaging

def init(): ...

def run(data):
    return json.loads(data)
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """alpha 1.0 for two platforms; the sha256 of each wheel by its platform."""
    from hashlib import sha256

    wheels = [
        fake.wheel(tmp_path / "wheels", "alpha", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64"),
        fake.wheel(tmp_path / "wheels", "alpha", "1.0", tag="cp311-cp311-macosx_11_0_arm64"),
    ]
    monkeypatch.setenv("UV_DEFAULT_INDEX", fake.index(tmp_path / "index", wheels))
    monkeypatch.setenv("UV_INDEX", "")
    monkeypatch.setenv("UV_FIND_LINKS", "")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return {path.stem.rpartition("-")[2]: sha256(path.read_bytes()).hexdigest() for path in wheels}


def test_a_pin_is_the_wheel_of_the_bases_platform(index: dict[str, str]) -> None:
    (pin,) = resolve(["alpha==1.0"], BASE)
    assert (pin.name, pin.version, pin.sha256) == ("alpha", "1.0", index["manylinux_2_17_x86_64"])
    assert pin.file == "alpha-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"


def test_the_wheels_of_a_lock_are_noted_once(index: dict[str, str], tmp_path: Path) -> None:
    store = Workspace().store
    first = inputs.pinned(store, "lock", ["alpha==1.0"], BASE, Said())
    shutil.rmtree(tmp_path / "index")  # from now on nobody serves anything
    assert inputs.pinned(store, "lock", ["alpha==1.0"], BASE, Said()) == first
    assert pins.get(store, "lock", "3.12", BASE.platform) is None
    assert pins.forget(store, "lock") != set()
    assert pins.get(store, "lock", BASE.minor, BASE.platform) is None


def test_a_wheel_of_a_folder_is_kept_itself(index: dict[str, str], tmp_path: Path) -> None:
    store = Workspace().store
    (pin,) = inputs.pinned(store, "lock", ["alpha==1.0"], BASE, Said())
    assert (pin.kept, pin.place) == (True, None)
    shutil.rmtree(tmp_path / "wheels")
    assert store.blobs.exists(pin.sha256)
    assert pin.sha256 in pins.forget(store, "lock")


def test_a_wheel_that_the_workspace_keeps_is_asked_for_by_its_own_hash() -> None:
    lock = EnvironmentLock(
        python="3.11.7",
        packages=(LockedPackage(name="mine", version="1", wheel="c" * 64), LockedPackage(name="other", version="2")),
    )
    pin = Pin(name="other", version="2", file="other-2-py3-none-any.whl", sha256="d" * 64)
    made = Inputs(packages=(pin,), server=(), server_files=server_tree(), server_folder=Path())
    assert made.requirements(lock) == [f"mine==1 --hash=sha256:{'c' * 64}", f"other==2 --hash=sha256:{'d' * 64}"]


@pytest.mark.docker
def test_rebuilt_after_an_upgrade_it_is_the_same_to_the_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine_or_skip()
    monkeypatch.chdir(tmp_path)
    Path("score.py").write_text(SCRIPT)
    ws = Workspace()
    image = Image.create(ws, "kept", [], InferenceConfig(entry_script="score.py"))
    image.wait_for_creation()
    before = image.rebuild()
    newer = tmp_path / "newer/jupyter_mlops"
    shutil.copytree(Path(jupyter_mlops.__file__).parent, newer, ignore=shutil.ignore_patterns("__pycache__"))
    (newer / "version.py").write_text('__version__ = "99.0"\n')
    with (newer / "scoring/__init__.py").open("a") as file:
        file.write("\nNEWER = True\n")
    program = (
        "import json; from jupyter_mlops import Image, Workspace, version; import jupyter_mlops.scoring as scoring\n"
        "assert version.__version__ == '99.0' and scoring.NEWER\n"
        "image = Image(Workspace(), 'kept'); image.save_context('context')\n"
        "print(json.dumps(image.rebuild()))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        env=os.environ | {"PYTHONPATH": str(newer.parent)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == before
    assert "99.0" not in Path("context/server/jupyter_mlops/version.py").read_text()
    image.delete()
