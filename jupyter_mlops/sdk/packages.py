"""From what a script asks for to the exact packages it gets: the lock, made here and now, in this kernel."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import RequirementError, UsageError
from jupyter_mlops.records import EnvironmentLock, ModelRecord
from jupyter_mlops.sdk.notices import say_once

if TYPE_CHECKING:
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
    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-wheels-") as wheels:
        lock = _make(tuple(imports), models, config, Path(wheels))
        for wheel in sorted(Path(wheels).glob("*.whl")):
            store.blobs.put_file(wheel)
    if lock.differences:
        say_once(f"environment ({lock.source}): {'; '.join(lock.differences)}", stacklevel=4)
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
    imports: tuple[str, ...], models: Sequence[ModelRecord], config: InferenceConfig | None, wheels: Path
) -> EnvironmentLock:
    from jupyter_mlops.capture.environment import lock_from_conda, lock_from_requirements, lock_kernel

    asked = _Asked.by(config)
    if asked.conda is not None:
        lock = lock_from_conda(asked.conda, imports=imports, relax=asked.relax, wheels=wheels)
    elif asked.lines is not None:
        lock = lock_from_requirements(asked.lines, imports=imports, relax=asked.relax, wheels=wheels)
    else:
        requirements = dict.fromkeys(name for model in models for name in model.requirements)
        return lock_kernel(imports, requirements, wheels=wheels)
    _check_requirements(lock, models)
    return lock


@dataclass(frozen=True)
class _Asked:
    """What a config says of packages: a conda file (or its content), the lines of a requirements file, or nothing."""

    conda: Path | dict[str, Any] | None = None
    lines: tuple[str, ...] | None = None
    relax: bool = False

    @classmethod
    def by(cls, config: InferenceConfig | None) -> _Asked:
        if config is None:
            return cls()
        if config.environment is None:
            return cls(conda=config.conda_path, relax=config.relax_env)
        environment = config.environment
        environment._check()
        conda = environment.conda
        if conda is not None and environment.requirements is not None:
            raise UsageError(
                f"environment {environment.name!r} has conda dependencies and a requirements file",
                hint="give one of them",
            )
        document = None if conda is None else conda.as_dict()
        return cls(conda=document, lines=environment.requirements, relax=config.relax_env)


def _check_requirements(lock: EnvironmentLock, models: Sequence[ModelRecord]) -> None:
    """Raise `RequirementError` for a distribution that loading a model needs and that the file does not bring."""
    from packaging.utils import canonicalize_name

    there = {canonicalize_name(package.name) for package in lock.packages}
    for model in models:
        missing = [name for name in model.requirements if canonicalize_name(name) not in there]
        if missing:
            raise RequirementError(
                f"the model {model.id} needs {', '.join(missing)}, which the file does not bring",
                where=lock.source,
                hint="add it, or leave the file out: what the kernel has is taken then",
            )
