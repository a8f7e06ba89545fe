"""`InferenceConfig`: which script answers, and the packages it needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.errors import UnsupportedError, UsageError
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

    Raises `UnsupportedError` for what only a container could honour, by name.
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
        _refuse_container(
            extra_docker_file_steps=extra_docker_file_steps,
            enable_gpu=enable_gpu,
            base_image=base_image,
            base_image_registry=base_image_registry,
            cuda_version=cuda_version,
        )
        if conda_file is not None and environment is not None:
            raise UsageError("conda_file and environment say the same thing twice", hint="give one of them")
        if script is not None and entry_script is not None:
            raise UsageError("script and entry_script say the same thing twice", hint="give one of them")
        self.entry_script = None if entry_script is None else os.fspath(entry_script)
        self.runtime = runtime or "python"
        self.conda_file = None if conda_file is None else os.fspath(conda_file)
        self.source_directory = None if source_directory is None else os.fspath(source_directory)
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

    def __repr__(self) -> str:
        return line(
            "InferenceConfig",
            entry_script=self.entry_script,
            script=self.script,
            source_directory=self.source_directory,
            conda_file=self.conda_file,
            environment=self.environment,
        )


def _refuse_container(**options: object) -> None:
    for name, value in options.items():
        if value:
            raise UnsupportedError(
                f"{name} needs a container, and no target with containers is served yet",
                hint=f"leave {name} out; conda_file or environment say the packages",
            )
