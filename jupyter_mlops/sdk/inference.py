"""`InferenceConfig`: which script answers, and the packages it needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.errors import UnsupportedError, UsageError
from jupyter_mlops.sdk.container_base import ContainerBase, docker_text
from jupyter_mlops.sdk.container_registry import ContainerRegistry
from jupyter_mlops.sdk.listing import line

if TYPE_CHECKING:
    from jupyter_mlops.sdk.environment import Environment
    from jupyter_mlops.sdk.script import Script

__all__ = ["InferenceConfig"]


class InferenceConfig:
    """An entry script and its environment.

    `entry_script` is a file with `init()` and `run(data)`, relative to `source_directory` when that is given (all of
    the folder goes along); `script` is a captured one (a `Script` or its name). Neither: the model's framework
    brings one. `conda_file` (relative to `source_directory`, then to the working folder) or `environment` say the
    packages; neither: what the script imports, pinned as the kernel has it. `relax_env` takes the kernel's version
    of what cannot be had here, recording each difference.

    What a container stands on (a target without containers says that it does not count there; the packages are the
    same on both): `base_image`, fetched from `base_image_registry` (a `ContainerRegistry`) when the engine lacks it;
    `extra_docker_file_steps`, lines of a Dockerfile (text, or a file found as `conda_file` is) that run on it, or with
    a `FROM` make it; `enable_gpu`: where no `base_image` is given, one of NVIDIA's with CUDA (`cuda_version`, default
    the newest known) and cuDNN. Its Python must be of the environment's minor version; its own Python packages are not
    used. An image keeps it by digest when a Docker engine answers, by name otherwise.
    """

    def __init__(
        self,
        entry_script: str | os.PathLike[str] | None = None,
        runtime: str | None = None,
        conda_file: str | os.PathLike[str] | None = None,
        extra_docker_file_steps: str | None = None,
        source_directory: str | os.PathLike[str] | None = None,
        enable_gpu: bool | None = None,
        description: str | None = None,
        base_image: str | None = None,
        base_image_registry: object = None,
        cuda_version: str | None = None,
        environment: Environment | None = None,
        *,
        script: Script | str | None = None,
        relax_env: bool = False,
    ):
        if runtime not in (None, "python"):
            raise UnsupportedError(f"runtime {runtime!r} is not served", hint='runtime="python"')
        if conda_file is not None and environment is not None:
            raise UsageError("conda_file and environment say the same thing twice", hint="give one of them")
        if script is not None and entry_script is not None:
            raise UsageError("script and entry_script say the same thing twice", hint="give one of them")
        self.entry_script = None if entry_script is None else os.fspath(entry_script)
        self.runtime = runtime or "python"
        self.conda_file = None if conda_file is None else os.fspath(conda_file)
        self.source_directory = None if source_directory is None else os.fspath(source_directory)
        self.extra_docker_file_steps = extra_docker_file_steps
        self.enable_gpu = bool(enable_gpu)
        self.base_image = base_image
        self.base_image_registry = ContainerRegistry.of(base_image_registry)
        self.cuda_version = cuda_version
        self.description = description
        self.environment = environment
        self.script = script
        self.relax_env = relax_env

    @property
    def conda_path(self) -> Path | None:
        """Where the conda file is. Raises `UsageError` when it is nowhere."""
        if self.conda_file is None:
            return None
        places = [Path(self.source_directory or ".").expanduser() / self.conda_file, Path(self.conda_file).expanduser()]
        for place in places:
            if place.is_file():
                return place
        raise UsageError("no such conda file", where=" or ".join(dict.fromkeys(map(str, places))))

    @property
    def says_packages(self) -> bool:
        """Whether it names packages of its own, so that the kernel's do not count."""
        if self.conda_file is not None:
            return True
        environment = self.environment
        return environment is not None and (environment.conda is not None or environment.requirements is not None)

    def container_base(self) -> ContainerBase:
        """What a container of it stands on, its environment's answer included. Raises `UsageError`."""
        steps = self.extra_docker_file_steps
        asked = ContainerBase(
            image=self.base_image,
            registry=ContainerRegistry.of(self.base_image_registry).checked(),
            steps=docker_text(steps, "extra_docker_file_steps", (self.source_directory or ".", ".")) if steps else None,
            gpu=self.enable_gpu,
            cuda=self.cuda_version,
        )
        return asked if self.environment is None else asked.over(self.environment.container_base())

    def __repr__(self) -> str:
        return line(
            "InferenceConfig",
            entry_script=self.entry_script,
            script=self.script,
            source_directory=self.source_directory,
            conda_file=self.conda_file,
            environment=self.environment,
            base_image=self.base_image,
            enable_gpu=self.enable_gpu or None,
        )
