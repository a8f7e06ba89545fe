from __future__ import annotations

import json
import platform
import subprocess
import sys
import zipfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from jupyter_mlops.errors import RequirementError
from jupyter_mlops.records import EnvironmentLock, LockedPackage, canonical_json
from jupyter_mlops.services.process import interpreter
from jupyter_mlops.services.process.machine import MachineFolder
from tests.services.specs import Said

HERE = EnvironmentLock(
    python=platform.python_version(),
    packages=(LockedPackage(name="NumPy", version=version("numpy"), modules=("numpy",)),),
)


def with_packages(*packages: LockedPackage) -> EnvironmentLock:
    return replace(HERE, packages=packages)


def test_the_kernels_own_interpreter_is_taken_when_it_satisfies_the_lock(tmp_path: Path) -> None:
    said = Said()
    assert interpreter.choose(MachineFolder("w"), HERE, tmp_path, said) == sys.executable
    assert said.lines == []


def test_an_interpreter_is_asked_what_it_has() -> None:
    from jupyter_mlops.version import __version__

    base = str(Path(sys.executable).resolve())  # not in the venv: has none of its packages
    own = with_packages(LockedPackage(name="Jupyter_MLOps", version=__version__))
    assert interpreter.missing(own, sys.executable) == []
    assert interpreter.missing(own, base) == [f"Jupyter_MLOps {__version__}"]


def test_what_is_missing_is_named() -> None:
    lock = with_packages(LockedPackage(name="numpy", version="1.0"), LockedPackage(name="no-such", version="2.0"))
    assert interpreter.missing(lock, sys.executable) == [f"numpy 1.0 ({version('numpy')} is there)", "no-such 2.0"]
    assert interpreter.missing(replace(HERE, python="3.6.2"), sys.executable) == ["python 3.6"]
    (line,) = interpreter.missing(HERE, "/no/such/python")
    assert "/no/such/python" in line


def test_what_is_installed_from_a_working_folder_does_not_stand_for_its_frozen_wheel() -> None:
    from jupyter_mlops.version import __version__

    own = LockedPackage(name="jupyter-mlops", version=__version__, wheel="f" * 64)
    assert interpreter.missing(with_packages(own), sys.executable) == [f"jupyter-mlops {__version__} as it was frozen"]
    assert interpreter.missing(with_packages(replace(own, wheel=None)), sys.executable) == []


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with the wheel of `frozen-tool 1.2`, which no index has."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    about = "frozen_tool-1.2.dist-info"
    files = {
        "frozen_tool.py": "answer = 42\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: frozen-tool\nVersion: 1.2\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{about}/RECORD"])
    with zipfile.ZipFile(folder / "frozen_tool-1.2-py3-none-any.whl", "w") as archive:
        for name, text in (files | {f"{about}/RECORD": record}).items():
            archive.writestr(name, text)
    return folder


FROZEN = with_packages(LockedPackage(name="frozen-tool", version="1.2", modules=("frozen_tool",), wheel="f" * 64))


def test_a_venv_is_made_when_the_kernel_lacks_a_package_and_is_used_again(tmp_path: Path, wheels: Path) -> None:
    machine, said = MachineFolder("w"), Said()
    python = interpreter.choose(machine, FROZEN, wheels, said)
    assert Path(python).is_relative_to(machine.venvs)
    assert "lacks frozen-tool 1.2: the service gets an environment of its own" in said.lines[0]
    ask = "import frozen_tool, importlib.util as u; print(frozen_tool.answer, u.find_spec('numpy'), u.find_spec('pip'))"
    answer = subprocess.run([python, "-I", "-c", ask], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["42", "None", "None"]
    assert interpreter.missing(FROZEN, python) == []
    again = Said()
    assert interpreter.choose(machine, FROZEN, wheels, again) == python
    assert len(again.lines) == 1


def test_a_package_that_nobody_has_is_refused_by_name_and_leaves_no_venv(tmp_path: Path, wheels: Path) -> None:
    machine = MachineFolder("w")
    lock = with_packages(LockedPackage(name="frozen-tool", version="9.9"))
    with pytest.raises(RequirementError, match=r"frozen-tool==9\.9 cannot be had") as caught:
        interpreter.choose(machine, lock, wheels, Said())
    assert "--relax-env" in str(caught.value)
    assert [path for path in machine.venvs.iterdir() if path.suffix != ".lock"] == []


def test_a_python_that_is_not_here_is_refused_by_name(tmp_path: Path, wheels: Path) -> None:
    with pytest.raises(RequirementError, match=r"no Python 3\.6 "):
        interpreter.choose(MachineFolder("w"), replace(FROZEN, python="3.6.2"), wheels, Said())


def test_the_command_that_a_front_runs_prints_a_python(tmp_path: Path, wheels: Path) -> None:
    from dataclasses import asdict

    packages = [asdict(package) for package in FROZEN.packages]
    (tmp_path / "lock.json").write_bytes(canonical_json({"python": FROZEN.python, "packages": packages}))
    machine = MachineFolder("w")
    command = interpreter.fallback_command(tmp_path, machine, sys.executable)
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert interpreter.missing(FROZEN, ran.stdout.strip()) == []
    (tmp_path / "lock.json").write_text(json.dumps({"python": "3.6.2", "packages": packages}))
    failed = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "no Python 3.6" in failed.stderr
