"""The kernel's own packages as a lock: from imports to distributions, to all that those need."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from jupyter_mlops.capture.environment.installed import Distribution, Installed, install_name, installed
from jupyter_mlops.capture.environment.wheels import wheel_of
from jupyter_mlops.errors import RequirementError
from jupyter_mlops.records import EnvironmentLock, LockedPackage

__all__ = ["OURS", "closure", "distributions_of", "lock_kernel", "locked", "roots_of"]

OURS = frozenset({"jupyter-mlops", "azureml-defaults", "azureml-core", "azureml-sdk", "azureml-inference-server-http"})
"""Never in a lock: this package, and what it replaces in a scoring environment."""

_SERVED = frozenset({"azureml", "jupyter_mlops", "inference_schema"})
"""Modules that the scoring server brings itself where they are not installed."""


def lock_kernel(
    imports: Iterable[str], requirements: Iterable[str] = (), *, wheels: Path | None = None
) -> EnvironmentLock:
    """The distributions of the running interpreter that the imports and requirements need, pinned transitively.

    `imports` are module names; `requirements` distribution names (versions and markers in them are ignored: the
    kernel's version counts). A distribution that no index serves (editable, VCS, local) becomes a wheel in the
    folder `wheels`. Raises `RequirementError` for a module or distribution that is not installed, and for one
    that can only be had as a wheel when there is no folder for it or it does not build.
    """
    have = installed()
    roots = roots_of(imports, have)
    for text in requirements:
        requirement = Requirement(text)
        distribution = have.get(requirement.name)
        if distribution is None and canonicalize_name(requirement.name) not in OURS:
            raise RequirementError(
                f"{requirement.name} is needed and not installed here", hint=f"pip install {requirement.name}"
            )
        if distribution is not None:
            roots.setdefault(distribution.key, set()).update(requirement.extras)
    return locked(roots, have, wheels=wheels)


def roots_of(imports: Iterable[str], have: Installed) -> dict[str, set[str]]:
    """The distributions of the modules, by canonical name, each with its (empty) set of extras."""
    roots: dict[str, set[str]] = {}
    missing = []
    for module in imports:
        providers = have.providers(module)
        if not providers and module.partition(".")[0] not in _SERVED:
            missing.append(module)
        for distribution in providers:
            if distribution.key not in OURS:
                roots.setdefault(distribution.key, set())
    if missing:
        names = " ".join(dict.fromkeys(install_name(module) for module in missing))
        listed = ", ".join(repr(module) for module in missing)
        raise RequirementError(f"imported and not installed here: {listed}", hint=f"pip install {names}")
    return roots


def locked(
    roots: dict[str, set[str]],
    have: Installed,
    *,
    wheels: Path | None,
    source: str = "kernel",
    differences: Iterable[str] = (),
) -> EnvironmentLock:
    """The closure of the roots as a lock."""
    members, notes = closure(roots, have)
    packages = [
        LockedPackage(
            name=distribution.key,
            version=distribution.version,
            modules=distribution.modules,
            direct=distribution.key in roots,
            wheel=wheel_of(distribution, wheels),
        )
        for distribution in members
    ]
    return EnvironmentLock(
        python=platform.python_version(),
        packages=tuple(packages),
        source=source,
        differences=(*differences, *notes),
    )


def closure(roots: dict[str, set[str]], have: Installed) -> tuple[list[Distribution], list[str]]:
    """All distributions that the roots (name → extras) need here, sorted by name; and what is not as they ask.

    Markers are evaluated for this interpreter, extras followed. A requirement that is missing or too old is
    a note, not an error: the kernel works with it as it is.
    """
    extras: dict[str, set[str]] = {}
    queue = [(name, set(wanted)) for name, wanted in roots.items()]
    notes: dict[str, None] = {}
    while queue:
        name, wanted = queue.pop()
        distribution = have.get(name)
        if distribution is None or (name in extras and wanted <= extras[name]):
            continue
        extras.setdefault(name, set()).update(wanted)
        for requirement in _needed(distribution, extras[name]):
            key = canonicalize_name(requirement.name)
            if key in OURS:
                continue
            queue.append((key, set(requirement.extras)))
            notes.update(dict.fromkeys(_unmet(distribution, requirement, have.get(key))))
    return [have.distributions[name] for name in sorted(extras)], list(notes)


def _needed(distribution: Distribution, extras: set[str]) -> Iterator[Requirement]:
    base = {key: str(value) for key, value in default_environment().items()}
    for requirement in distribution.requires:
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**base, "extra": extra}) for extra in ("", *sorted(extras))):
            yield requirement


def _unmet(asker: Distribution, requirement: Requirement, found: Distribution | None) -> Iterator[str]:
    if found is None:
        yield f"{requirement.name}, which {asker.name} asks for, is not installed in the kernel"
    elif not requirement.specifier.contains(found.version, prereleases=True):
        yield f"{found.name} {found.version} in the kernel, {asker.name} asks for {requirement.specifier}"


def distributions_of(modules: Iterable[str], *, first: str | None = None) -> tuple[str, ...]:
    """The names of the installed distributions that bring these modules, sorted, those of the module `first`
    (a flavor's framework) before the others; unknown modules are left out."""
    have = installed()
    leading = [distribution.key for distribution in have.providers(first)] if first else []
    found = {distribution.key for module in modules for distribution in have.providers(module)}
    return tuple(dict.fromkeys(name for name in [*leading, *sorted(found)] if name not in OURS))
