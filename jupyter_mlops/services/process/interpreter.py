"""The Python that a service's workers run in: the preferred one when it satisfies the lock, else a venv made by uv.

A venv is keyed by its lock's digest, is there whole or not at all, and is reused. As a program
(`python -m jupyter_mlops.services.process.interpreter LOCK WHEELS VENVS PYTHON`) it prints the path of the venv's
Python: the front runs that when a worker finds, at some later start, that its interpreter has changed.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from jupyter_mlops.errors import RequirementError
from jupyter_mlops.installers import uv_command, uv_environment
from jupyter_mlops.records import EnvironmentLock, LockedPackage, Progress
from jupyter_mlops.services.process.machine import MachineFolder, disk_errors, locked

__all__ = ["choose", "fallback_command", "missing", "venv", "venv_name"]

_ASK = """
import importlib.metadata as m, json, platform
print(json.dumps([platform.python_version(), [[d.metadata["Name"], d.version, d.read_text("direct_url.json")]
                  for d in m.distributions()]]))
"""


def choose(
    machine: MachineFolder,
    lock: EnvironmentLock,
    wheels: Path,
    progress: Progress,
    *,
    preferred: str = sys.executable,
) -> str:
    """The path of a Python that satisfies the lock.

    `wheels` is the image's folder of distributions that no index serves. Raises `RequirementError`, naming the
    package, when no installer has it for this machine.
    """
    lacking = missing(lock, preferred)
    if not lacking:
        return preferred
    progress.log(f"{preferred} lacks {_and_more(lacking)}: the service gets an environment of its own")
    return venv(machine.root / "venvs", lock, wheels, progress, preferred)


def _and_more(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def missing(lock: EnvironmentLock, python: str) -> list[str]:
    """What of the lock this Python lacks: `python 3.12`, `scikit-learn 1.9 (1.5 is there)`; empty: satisfied."""
    if _is_ours(python) and not _lacking(lock, platform.python_version(), _table(_own())):
        return []
    try:
        version, found = _asked(python)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return [f"a Python that runs ({error})"]
    return _lacking(lock, version, _table(found))


def _lacking(lock: EnvironmentLock, version: str, installed: Mapping[str, tuple[str, bool]]) -> list[str]:
    if _minor(version) != _minor(lock.python):
        return [f"python {_minor(lock.python)}"]
    return [line for line in (_lacks(package, installed) for package in lock.packages) if line]


def _lacks(package: LockedPackage, installed: Mapping[str, tuple[str, bool]]) -> str | None:
    version, editable = installed.get(_canonical(package.name), (None, False))
    if version is None:
        return f"{package.name} {package.version}"
    if version != package.version:
        return f"{package.name} {package.version} ({version} is there)"
    # What is installed from a working folder may change under the service; the wheel was frozen with it.
    return f"{package.name} {package.version} as it was frozen" if package.wheel and editable else None


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _canonical(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_ours(python: str) -> bool:
    return os.path.abspath(python) == os.path.abspath(sys.executable)  # noqa: PTH100  links stay: a venv's python is one


def _asked(python: str) -> tuple[str, list[tuple[str, str, str | None]]]:
    """The version of a Python, and name, version and `direct_url.json` of its distributions."""
    answer = subprocess.run([python, "-I", "-c", _ASK], capture_output=True, text=True, timeout=60, check=True)
    version, found = json.loads(answer.stdout)
    return str(version), found


def _own() -> Iterable[tuple[str, str, str | None]]:
    """Our own distributions, by the names of their folders alone: opening 200 METADATA files takes far longer.

    It may miss one (an `.egg-info`, a version spelled otherwise); then the interpreter is asked like any other.
    """
    for folder in map(Path, sys.path):
        try:
            names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".dist-info"))
        except OSError:
            continue  # a zip, or a folder that is not there
        for name in names:
            distribution, _, version = name.removesuffix(".dist-info").partition("-")
            origin = folder / name / "direct_url.json"
            yield distribution, version, origin.read_text() if origin.exists() else None


def _table(found: Iterable[tuple[str, str, str | None]]) -> dict[str, tuple[str, bool]]:
    known: dict[str, tuple[str, bool]] = {}
    for name, version, origin in found:
        if name:
            editable = bool(json.loads(origin).get("dir_info", {}).get("editable")) if origin else False
            known.setdefault(_canonical(name), (version, editable))  # the first on the path is the one imported
    return known


def venv_name(lock_digest: str) -> str:
    """The folder that the venv of a lock has under `venvs`."""
    return lock_digest[:32]


def venv(folder: Path, lock: EnvironmentLock, wheels: Path, progress: Progress, preferred: str) -> str:
    """The Python of a venv under `folder` with the lock's packages and nothing else; made when it is not there."""
    home = folder / venv_name(lock.digest)
    python = home / "bin" / "python"
    if python.exists():
        os.utime(home)  # it is wanted again: whoever tidies up leaves it alone for a while
        return str(python)
    with disk_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(folder / f".{home.name}.lock"):
            if not python.exists():
                part = folder / f".{home.name}.part"
                shutil.rmtree(part, ignore_errors=True)  # of one that was killed
                shutil.rmtree(home, ignore_errors=True)  # whose Python is gone
                try:
                    _make(part, lock, wheels, progress, preferred)
                    part.rename(home)
                finally:
                    shutil.rmtree(part, ignore_errors=True)
    return str(python)


def _make(part: Path, lock: EnvironmentLock, wheels: Path, progress: Progress, preferred: str) -> None:
    wanted = _minor(lock.python)
    # The same interpreter in another venv where its version is right: no search, no download.
    base = preferred if _is_python(preferred, wanted) else wanted
    progress.log(f"making an environment: Python {wanted}, {len(lock.packages)} packages")
    _uv(["venv", "--quiet", "--relocatable", "--no-project", "--python", base, str(part)], lock, progress)
    if not lock.packages:
        return
    with NamedTemporaryFile("w", suffix=".txt", prefix="lock-") as requirements:
        requirements.writelines(f"{package.name}=={package.version}\n" for package in lock.packages)
        requirements.flush()
        line = ["pip", "install", "--no-deps", "--compile-bytecode", "--python", str(part / "bin" / "python")]
        local = ["--find-links", str(wheels)] if wheels.is_dir() and any(wheels.iterdir()) else []
        _uv([*line, *local, "-r", requirements.name], lock, progress)


def _is_python(python: str, wanted: str) -> bool:
    try:
        return _minor(_asked(python)[0]) == wanted
    except (OSError, ValueError, subprocess.SubprocessError):
        return False


def _uv(arguments: list[str], lock: EnvironmentLock, progress: Progress) -> None:
    """Run uv; what it says goes to the log as it says it."""
    said: list[str] = []
    with subprocess.Popen(
        [*uv_command(), *arguments],
        env=uv_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                said.append(line.rstrip())
                progress.log(f"uv: {line.rstrip()}")
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise _cannot_be_had(lock, "\n".join(said))


def _cannot_be_had(lock: EnvironmentLock, said: str) -> RequirementError:
    """Names the package that uv's words are about."""
    named = [
        f"{package.name}=={package.version}"
        for package in lock.packages
        if re.search(rf"(?<![\w.-]){re.escape(package.name)}(==|@v?){re.escape(package.version)}", said)
    ]
    if "No interpreter found" in said or not named:
        what = f"no Python {_minor(lock.python)} with these packages can be made here"
    else:
        what = f"{', '.join(named[:3])} cannot be had for Python {_minor(lock.python)} on this machine"
    return RequirementError(what, hint="--relax-env takes the versions of the kernel", details=said)


def fallback_command(content: Path, machine: MachineFolder, python: str) -> list[str]:
    """The command that a front runs when a worker's interpreter does not satisfy the lock any more."""
    program = [sys.executable, "-P", "-m", "jupyter_mlops.services.process.interpreter"]
    return [*program, str(content / "lock.json"), str(content / "wheels"), str(machine.root / "venvs"), python]


class _ToStandardError:
    """A `Progress` for the program: the front keeps what it says in the service's log."""

    def stage(self, name: str) -> None:
        print(name, file=sys.stderr, flush=True)

    def log(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    def fraction(self, done: float) -> None:
        """Not shown."""


def _lock_of(document: dict[str, Any]) -> EnvironmentLock:
    packages = tuple(
        LockedPackage(**{**package, "modules": tuple(package.get("modules", ()))}) for package in document["packages"]
    )
    return EnvironmentLock(python=document["python"], packages=packages)


def main(arguments: list[str]) -> int:
    """The program: prints the path of a Python, or says in one line why there is none."""
    lock, wheels, venvs, python = arguments
    try:
        print(
            venv(Path(venvs), _lock_of(json.loads(Path(lock).read_bytes())), Path(wheels), _ToStandardError(), python)
        )
    except RequirementError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
