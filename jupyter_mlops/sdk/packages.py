"""From what a script asks for to the exact packages it gets: the lock, made here and now, in this kernel."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.errors import UsageError
from jupyter_mlops.records import EnvironmentLock, ModelRecord
from jupyter_mlops.sdk.notices import say_once

if TYPE_CHECKING:
    from jupyter_mlops.sdk.environment import Environment
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.storage import Store

__all__ = ["covers", "locked"]


def locked(
    store: Store, imports: Iterable[str], models: Sequence[ModelRecord], config: InferenceConfig | None = None
) -> EnvironmentLock:
    """The lock of a script's imports and its models' requirements, as the config's environment says, else the kernel.

    Wheels that no index serves are put into the workspace. What differs from the kernel is a warning.
    Raises `RequirementError` for what cannot be had here, by name.
    """
    requirements = tuple(dict.fromkeys(name for model in models for name in model.requirements))
    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-wheels-") as wheels:
        lock = _make(tuple(imports), requirements, config, Path(wheels))
        for wheel in sorted(Path(wheels).glob("*.whl")):
            store.blobs.put_file(wheel)
    if lock.differences:
        say_once("the service's packages differ from the kernel's: " + "; ".join(lock.differences), stacklevel=4)
    return lock


def covers(lock: EnvironmentLock, models: Sequence[ModelRecord]) -> bool:
    """Whether the lock has the distributions that loading the models needs, of the versions they were made with."""
    from packaging.utils import canonicalize_name

    versions = {canonicalize_name(package.name): package.version for package in lock.packages}
    for model in models:
        names = [canonicalize_name(name) for name in model.requirements]
        if any(name not in versions for name in names):
            return False
        # One of them is the framework's own distribution; a model made with another version of it wants that one.
        if model.framework_version and names and model.framework_version not in {versions[name] for name in names}:
            return False
    return True


def _make(
    imports: tuple[str, ...], requirements: tuple[str, ...], config: InferenceConfig | None, wheels: Path
) -> EnvironmentLock:
    from jupyter_mlops.capture.environment import lock_from_conda, lock_from_requirements, lock_kernel

    relax = config is not None and config.relax_env
    environment = None if config is None else config.environment
    conda_path = None if config is None else config.conda_path
    if conda_path is not None:
        return lock_from_conda(conda_path, imports=imports, relax=relax)
    if environment is None:
        return lock_kernel(imports, requirements, wheels=wheels)
    return _of_environment(environment, imports, requirements, relax, wheels, lock_kernel, lock_from_conda,
                           lock_from_requirements)  # fmt: skip


def _of_environment(
    environment: Environment,
    imports: tuple[str, ...],
    requirements: tuple[str, ...],
    relax: bool,
    wheels: Path,
    lock_kernel: Callable[..., EnvironmentLock],
    lock_from_conda: Callable[..., EnvironmentLock],
    lock_from_requirements: Callable[..., EnvironmentLock],
) -> EnvironmentLock:
    environment._refuse_container()
    conda = environment.conda
    if conda is not None and environment.requirements is not None:
        raise UsageError(
            f"environment {environment.name!r} has conda dependencies and a requirements file", hint="give one of them"
        )
    if conda is not None:
        return lock_from_conda(conda.as_dict(), imports=imports, relax=relax)
    if environment.requirements is not None:
        return lock_from_requirements(list(environment.requirements), imports=imports, relax=relax)
    return lock_kernel(imports, requirements, wheels=wheels)
