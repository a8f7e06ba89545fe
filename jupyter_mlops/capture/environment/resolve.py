"""A user's file → a lock: from the kernel where the kernel has all of it, else found by uv on the user's index."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from jupyter_mlops.capture.environment.installed import Installed, install_name, installed
from jupyter_mlops.capture.environment.kernel import OURS, closure, locked
from jupyter_mlops.capture.environment.requested import Requested, from_conda, from_requirements, refuse
from jupyter_mlops.errors import RequirementError
from jupyter_mlops.installers import uv_command, uv_environment
from jupyter_mlops.records import EnvironmentLock, LockedPackage

__all__ = ["lock_from_conda", "lock_from_requirements"]

_COMPILE_TIMEOUT_S = 300
_BUILD_TIMEOUT_S = 180
_OLDEST_WORKER = Version("3.10")
_SERVED = frozenset({"azureml", "jupyter_mlops", "inference_schema"})


def lock_from_conda(
    file: str | Path | dict[str, Any], *, imports: Iterable[str], relax: bool = False, wheels: Path | None = None
) -> EnvironmentLock:
    """The lock of a conda file (or of its content as a dict): the file wins over the kernel.

    Where the kernel has all that the file asks for, its versions are taken, so that no venv is needed; else uv
    resolves the file on the index that pip is set up with. `differences` has a line for each package that is not
    as in the kernel. `relax`: the kernel's versions in place of the file's, each difference noted. `wheels`: the
    folder for wheels of the kernel's editable installs.
    Raises `RequirementError` naming all that cannot be had on this machine, or an import that the file lacks.
    """
    return _lock(from_conda(file), imports, relax, wheels)


def lock_from_requirements(
    file: str | Path | Iterable[str], *, imports: Iterable[str], relax: bool = False, wheels: Path | None = None
) -> EnvironmentLock:
    """The lock of a requirements file (or of its lines); all else as `lock_from_conda`."""
    return _lock(from_requirements(file), imports, relax, wheels)


def _lock(requested: Requested, imports: Iterable[str], relax: bool, wheels: Path | None) -> EnvironmentLock:
    refuse(requested)
    have = installed()
    wanted = _wanted(requested.requirements)
    lock = _relaxed(requested, wanted, have, wheels) if relax else _as_asked(requested, wanted, have, wheels)
    _check_imports(lock, imports, have, requested.source)
    return replace(lock, differences=(*lock.differences, *requested.notes))


def _as_asked(requested: Requested, wanted: list[Requirement], have: Installed, wheels: Path | None) -> EnvironmentLock:
    running = platform.python_version()
    python, notes = _python(requested)
    if python is None:
        missing = f"{requested.python_text} ({_why_no_python(requested)})"
        others = _unavailable_among(wanted, running)
        raise _unavailable_error(requested, [missing, *requested.impossible, *others], python=not others)
    if requested.impossible:
        raise _unavailable_error(requested, [*requested.impossible, *_unavailable_among(wanted, python)])
    lock = _from_kernel(requested, wanted, have, wheels) if python == running else None
    lock = lock or _resolved(requested, wanted, python, have)
    return replace(lock, differences=(*notes, *lock.differences))


def _wanted(requirements: Sequence[Requirement]) -> list[Requirement]:
    """Those that hold for this interpreter, without what our package replaces."""
    return [
        requirement
        for requirement in requirements
        if canonicalize_name(requirement.name) not in OURS and (not requirement.marker or requirement.marker.evaluate())
    ]


# ── Python itself ──


def _python(requested: Requested) -> tuple[str | None, tuple[str, ...]]:
    """The version to lock for, and notes; None for a Python that is not on this machine.

    A patch release other than the file's is as good.
    """
    running = platform.python_version()
    asked = requested.python
    if asked is None or asked.contains(running, prereleases=True):
        return running, ()
    if _of_minor(asked).contains(running, prereleases=True):
        return running, (f"python {running} in the kernel, {_version_text(requested)} in {requested.source}",)
    found = _found_python(asked)
    if found is None:
        return None, ()
    return found, (f"python {running} in the kernel, {found} for {requested.source}",)


def _why_no_python(requested: Requested) -> str:
    assert requested.python is not None
    if not any(_of_minor(requested.python).contains(f"3.{minor}.99", prereleases=True) for minor in range(10, 40)):
        return f"a service runs on Python {_OLDEST_WORKER} and newer"
    return "not on this machine"


def _wanted_minor(requested: Requested) -> str | None:
    """The minor version that would do, where the file names one that a service runs on."""
    match = re.match(r"==(3\.\d+)", str(requested.python or ""))
    return match.group(1) if match and Version(match.group(1)) >= _OLDEST_WORKER else None


def _version_text(requested: Requested) -> str:
    return re.sub(r"^python[=\s]*", "", requested.python_text or "") or "any"


def _of_minor(asked: SpecifierSet) -> SpecifierSet:
    """`==3.11.5` and `==3.11.5.*` → `==3.11.*`; anything else stays."""
    match = re.fullmatch(r"==(\d+\.\d+)\.\d+(\.\*)?", str(asked))
    return SpecifierSet(f"=={match.group(1)}.*") if match else asked


def _found_python(asked: SpecifierSet) -> str | None:
    """The version of an interpreter of this machine that fits and that a worker runs on."""
    wanted = str(_of_minor(asked))
    done = _uv(["python", "find", "--no-project", wanted], timeout=30)
    if done.returncode != 0:
        return None
    code = "import platform; print(platform.python_version())"
    path = done.stdout.strip().splitlines()[-1]
    told = subprocess.run([path, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=False)
    version = told.stdout.strip()
    return version if told.returncode == 0 and Version(version) >= _OLDEST_WORKER else None


# ── from the kernel ──


def _from_kernel(
    requested: Requested, wanted: list[Requirement], have: Installed, wheels: Path | None
) -> EnvironmentLock | None:
    """The kernel's versions, when it has all of the file and nothing is missing below; else None."""
    roots: dict[str, set[str]] = {}
    for requirement in wanted:
        distribution = have.get(requirement.name)
        if distribution is None or not requirement.specifier.contains(distribution.version, prereleases=True):
            return None
        if requirement.url is not None and distribution.origin is None:
            return None
        roots.setdefault(distribution.key, set()).update(requirement.extras)
    _, notes = closure(roots, have)
    if notes:
        return None
    return locked(roots, have, wheels=wheels, source=requested.source)


def _relaxed(requested: Requested, wanted: list[Requirement], have: Installed, wheels: Path | None) -> EnvironmentLock:
    """The kernel's versions of all that the file names; what the kernel lacks is resolved beside them."""
    running = platform.python_version()
    differences = [f"left out: {line}" for line in requested.impossible]
    if requested.python is not None and not requested.python.contains(running, prereleases=True):
        differences.append(f"python {running} in the kernel, {_version_text(requested)} in {requested.source}")
    roots: dict[str, set[str]] = {}
    others: list[Requirement] = []
    for requirement in wanted:
        distribution = have.get(requirement.name)
        if distribution is None:
            others.append(requirement)
            continue
        roots.setdefault(distribution.key, set()).update(requirement.extras)
        if not requirement.specifier.contains(distribution.version, prereleases=True):
            asked = _plain(requirement.specifier).removeprefix("==")
            differences.append(
                f"{distribution.key} {distribution.version} in the kernel, {asked} in {requested.source}"
            )
    if not others:
        return locked(roots, have, wheels=wheels, source=requested.source, differences=differences)
    pinned = [Requirement(f"{name}=={have.distributions[name].version}") for name in roots]
    lock = _resolved(requested, [*pinned, *others], running, have)
    return replace(lock, differences=(*differences, *lock.differences))


# ── from the index ──


def _resolved(requested: Requested, wanted: list[Requirement], python: str, have: Installed) -> EnvironmentLock:
    done = _compile(wanted, python, "--only-binary", ":all:")
    if done.returncode != 0:
        unavailable = _unavailable_among(wanted, python)
        if unavailable:
            raise _unavailable_error(requested, unavailable)
        done = _compile(wanted, python)  # some have sources only, and build
    if done.returncode != 0:
        raise RequirementError(
            "its packages do not go together",
            where=requested.source,
            hint="--relax-env takes the kernel's versions",
            details=done.stderr,
        )
    direct = {str(canonicalize_name(requirement.name)) for requirement in wanted}
    packages = [_package(line, direct, have, requested.source) for line in done.stdout.splitlines() if line.strip()]
    kept = sorted((package for package in packages if package.name not in OURS), key=lambda package: package.name)
    return EnvironmentLock(
        python=python,
        packages=tuple(kept),
        source=requested.source,
        differences=tuple(_differences(kept, have, requested.source)),
    )


def _package(line: str, direct: set[str], have: Installed, source: str) -> LockedPackage:
    name, pinned, version = line.partition(";")[0].strip().partition("==")
    if not pinned:
        raise RequirementError(
            f"{name.partition('@')[0].strip()} comes from an URL, which a lock cannot hold",
            where=source,
            hint="install it in the kernel, and name it without the URL",
        )
    key = canonicalize_name(name.partition("[")[0])
    known = have.get(key)
    return LockedPackage(name=key, version=version, modules=known.modules if known else (), direct=key in direct)


def _differences(packages: Sequence[LockedPackage], have: Installed, source: str) -> list[str]:
    """A line for each package that the file names and that the kernel has in another version."""
    found = []
    for package in packages:
        known = have.get(package.name)
        if package.direct and known is not None and known.version != package.version:
            found.append(f"{package.name} {known.version} in the kernel, {package.version} in {source}")
    return found


def _unavailable_among(wanted: Sequence[Requirement], python: str) -> list[str]:
    """The requirements that cannot be had even by themselves, each with its reason."""
    with ThreadPoolExecutor(4) as threads:
        reasons = list(threads.map(lambda requirement: _unavailable(requirement, python), wanted))
    both = zip(wanted, reasons, strict=True)
    return [f"{_spelled(requirement)} ({reason}{_nearest(requirement.name)})" for requirement, reason in both if reason]


def _nearest(name: str) -> str:
    """`; the distribution is scikit-learn` for a name that is a module's."""
    other = install_name(name)
    return f"; the distribution is {other}" if canonicalize_name(other) != canonicalize_name(name) else ""


def _unavailable_error(requested: Requested, found: Sequence[str], *, python: bool = False) -> RequirementError:
    """`python`: only the Python is missing."""
    relaxed = f"--relax-env takes the kernel's versions (Python {platform.python_version()})"
    minor = _wanted_minor(requested) if python else None
    if minor is not None:
        relaxed = f"uv python install {minor} brings that Python; {relaxed}"
    return RequirementError(f"cannot be had here: {', '.join(found)}", where=requested.source, hint=relaxed)


def _spelled(requirement: Requirement) -> str:
    return f"{requirement.name}{_plain(requirement.specifier)}"


def _plain(specifier: SpecifierSet) -> str:
    """`==0.20.0.*`, which a conda file spells `=0.20.0`, without the star."""
    return str(specifier).replace(".*", "")


def _unavailable(requirement: Requirement, python: str) -> str | None:
    """Why one requirement has neither a wheel nor sources that build for this machine; None when it has."""
    if _compile([requirement], python, "--only-binary", ":all:", "--no-deps").returncode == 0:
        return None
    done = _compile([requirement], python, "--no-deps")
    if done.returncode != 0:
        return _reason(done.stderr)
    pinned = done.stdout.strip().splitlines()[-1].partition(";")[0].strip()
    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-build-") as place:
        command = ["pip", "install", "--quiet", "--no-deps", "--target", place, "--python", sys.executable, pinned]
        try:
            built = _uv(command, timeout=_BUILD_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return f"no wheel for this machine, and no build within {_BUILD_TIMEOUT_S} s"
    return None if built.returncode == 0 else f"no wheel for Python {python}, and its sources do not build"


def _reason(output: str) -> str:
    """uv's explanation in a few words."""
    if "not found in the package registry" in output or "was not found" in output:
        return "no index knows it"
    if "no wheels with a matching" in output:
        return "no wheel for this machine"
    only = re.search(r"only\s+(\S+?)\s+(?:is|are)\s+available", " ".join(output.split()))
    if only:
        return f"there is only {only.group(1)}"
    if "no version" in output or "no versions" in output:
        return "no such version"
    if any(word in output.lower() for word in ("connect", "dns", "timed out", "certificate", "network")):
        return "the index does not answer"
    return "no release fits"


def _compile(requirements: Sequence[Requirement], python: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = ["pip", "compile", "--no-header", "--no-annotate", "--python-version", python, *options]
    text = "\n".join(str(requirement) for requirement in requirements)
    return _uv([*command, "--python", sys.executable, "-"], timeout=_COMPILE_TIMEOUT_S, text=text)


def _uv(arguments: list[str], *, timeout: int, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*uv_command(), *arguments, "--no-config"],
        input=text, env=uv_environment(), capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip


# ── the script's side ──


def _check_imports(lock: EnvironmentLock, imports: Iterable[str], have: Installed, source: str) -> None:
    """Raises `RequirementError` for an import of the script that the file does not bring.

    What the kernel does not know stays for the proof to find.
    """
    names = {package.name for package in lock.packages}
    modules = {module for package in lock.packages for module in package.modules}
    if any(not package.modules for package in lock.packages):
        return
    for module in imports:
        top = module.partition(".")[0]
        providers = have.providers(module)
        if top in modules or top in _SERVED or not providers or canonicalize_name(top) in names:
            continue
        if not any(distribution.key in names for distribution in providers):
            missing = providers[0].name
            raise RequirementError(
                f"the script imports {top}, and nothing in {source} brings it", hint=f"add {missing} to {source}"
            )
