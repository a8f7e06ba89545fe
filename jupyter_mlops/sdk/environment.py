"""`Environment`: the packages that a script needs, as they are asked for; a lock is made of it when it is used."""

from __future__ import annotations

import builtins
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jupyter_mlops.errors import UnsupportedError, UsageError
from jupyter_mlops.sdk.conda_dependencies import CondaDependencies
from jupyter_mlops.sdk.container_base import ContainerBase, docker_text
from jupyter_mlops.sdk.container_registry import ContainerRegistry
from jupyter_mlops.sdk.listing import line
from jupyter_mlops.sdk.notices import not_needed

if TYPE_CHECKING:
    from jupyter_mlops.records import EnvironmentRecord
    from jupyter_mlops.sdk.environment_build import EnvironmentBuild
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["CondaDependencies", "DockerSection", "Environment", "PythonSection"]


@dataclass
class PythonSection:
    """`environment.python`: `conda_dependencies` None means: inferred from the kernel."""

    conda_dependencies: CondaDependencies | None = None
    user_managed_dependencies: bool = False
    interpreter_path: str | None = None
    conda_dependencies_file: str | None = None


@dataclass
class DockerSection:
    """`environment.docker`: what a container stands on, as in `InferenceConfig`; `base_dockerfile` (text, or a file)
    makes the base in place of `base_image`. Of what v1 had, `arguments` are refused (a deployment has options), and
    `enabled` and `shared_volumes` mean nothing here: a target with containers runs containers, and shares no folder."""

    enabled: bool = False
    base_image: str | None = None
    base_dockerfile: str | None = None
    base_image_registry: object = field(default_factory=ContainerRegistry)
    gpu_support: bool = False
    cuda_version: str | None = None
    arguments: list[str] = field(default_factory=list)
    shared_volumes: bool = True


class Environment:
    """A named set of packages.

    `environment.python.conda_dependencies` holds them; while it is None they are inferred from the kernel.
    `environment.docker` says what a container stands on; whatever Python packages that base brings are not used.
    `environment_variables` reach the service.
    """

    def __init__(self, name: str, *, conda_dependencies: CondaDependencies | None = None):
        self.name = name
        self.version: int | None = None
        self.python = PythonSection(conda_dependencies)
        self.docker = DockerSection()
        self.environment_variables: dict[str, str] = {}
        self.inferencing_stack_version: str | None = None
        self.requirements: tuple[str, ...] | None = None
        """The lines of a requirements file, when it was made from one."""

    # ── making one ──

    @classmethod
    def from_conda_specification(cls, name: str, file_path: str | os.PathLike[str]) -> Self:
        """From a conda file. Raises `UsageError` when it is none."""
        return cls(name, conda_dependencies=CondaDependencies(file_path))

    @classmethod
    def from_pip_requirements(
        cls, name: str, file_path: str | os.PathLike[str], pip_version: str | None = None
    ) -> Self:
        """From a requirements file; the Python is the kernel's. Raises `UsageError` when it cannot be read."""
        if pip_version is not None:
            raise UsageError("pip_version has no meaning: uv installs", hint="leave it out")
        made = cls(name)
        try:
            text = Path(file_path).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot be read: {error}", where=str(file_path)) from error
        made.requirements = tuple(
            stripped for stripped in (part.strip() for part in text.splitlines()) if stripped and stripped[0] != "#"
        )
        return made

    @classmethod
    def from_existing_conda_environment(cls, name: str, conda_environment_name: str) -> Self:
        """From an environment of conda's on this machine: its Python and its Python packages, all pinned.

        `conda_environment_name` is a name, a path or `base`. No conda program is asked: what conda and pip noted in
        the environment is read. Its packages that are none of Python's stay behind, and are named: wheels bring the
        libraries that they need. Raises `NotFoundError` naming the environments that there are, `UsageError`.
        """
        from jupyter_mlops.sdk.conda_environments import find, specification

        document = specification(find(conda_environment_name))
        return cls(name, conda_dependencies=CondaDependencies(_underlying_structure=document))

    @classmethod
    def from_docker_image(
        cls,
        name: str,
        image: str,
        container_registry: object = None,
        conda_specification: str | os.PathLike[str] | None = None,
        pip_requirements: str | os.PathLike[str] | None = None,
    ) -> Self:
        """On a base image. Its Python packages come from a conda file or a requirements file, else from the kernel.

        Raises `UsageError` for both files at once, or one that cannot be read.
        """
        made = cls._of_files(name, conda_specification, pip_requirements)
        made.docker.base_image = image
        made.docker.base_image_registry = ContainerRegistry.of(container_registry)
        return made

    @classmethod
    def from_dockerfile(
        cls,
        name: str,
        dockerfile: str | os.PathLike[str],
        conda_specification: str | os.PathLike[str] | None = None,
        pip_requirements: str | os.PathLike[str] | None = None,
    ) -> Self:
        """On a base that a Dockerfile makes (text, or a file); it sees no other file of this machine.

        The packages are as in `from_docker_image`. Raises `UsageError`.
        """
        made = cls._of_files(name, conda_specification, pip_requirements)
        made.docker.base_dockerfile = docker_text(os.fspath(dockerfile), "the Dockerfile")
        return made

    @classmethod
    def _of_files(
        cls, name: str, conda: str | os.PathLike[str] | None, requirements: str | os.PathLike[str] | None
    ) -> Self:
        if conda is not None and requirements is not None:
            raise UsageError("conda_specification and pip_requirements say the packages twice", hint="give one of them")
        if conda is not None:
            return cls.from_conda_specification(name, conda)
        return cls(name) if requirements is None else cls.from_pip_requirements(name, requirements)

    # ── keeping it ──

    def register(self, workspace: Workspace) -> Environment:
        """Keep it under its name, as the next version; a login for its base image stays on this machine."""
        from jupyter_mlops.registry import environments

        self._check()
        self.container_base().keep_login(workspace.store)
        return Environment._of(environments.register(workspace.store, self.name, self.serialize()))

    @staticmethod
    def get(workspace: Workspace, name: str, version: int | str | None = None) -> Environment:
        """A registered environment: the newest, or a version. Raises `NotFoundError`."""
        from jupyter_mlops.registry import environments

        bare, _, numbered = name.partition(":")
        wanted = version if version is not None else numbered or None
        return Environment._of(environments.get(workspace.store, bare, None if wanted is None else int(wanted)))

    @staticmethod
    def list(workspace: Workspace) -> dict[str, Environment]:
        """The newest of each name."""
        from jupyter_mlops.registry import environments

        newest: dict[str, EnvironmentRecord] = {}
        for record in environments.search(workspace.store):
            known = newest.get(record.name)
            if known is None or known.version < record.version:
                newest[record.name] = record
        return {name: Environment._of(record) for name, record in newest.items()}

    @classmethod
    def _of(cls, record: EnvironmentRecord) -> Environment:
        made = cls._from_definition(record.name, record.definition)
        made.version = record.version
        return made

    @classmethod
    def _from_definition(cls, name: str, definition: dict[str, Any]) -> Environment:
        made = cls(name)
        conda = definition.get("conda")
        made.python.conda_dependencies = conda and CondaDependencies(_underlying_structure=conda)
        made.python.user_managed_dependencies = bool(definition.get("user_managed"))
        made.requirements = None if definition.get("requirements") is None else tuple(definition["requirements"])
        made.environment_variables = dict(definition.get("environment_variables", {}))
        docker = dict(definition.get("docker", {}))
        made.docker = DockerSection(**docker | {"base_image_registry": ContainerRegistry(docker.pop("registry", None))})
        return made

    def serialize(self) -> dict[str, Any]:
        """What is asked for, as JSON; no login."""
        conda = self.conda
        docker = self._docker()
        return {
            "conda": None if conda is None else conda.as_dict(),
            "requirements": None if self.requirements is None else builtins.list(self.requirements),
            "user_managed": self.python.user_managed_dependencies,
            "environment_variables": dict(self.environment_variables),
            **({"docker": docker} if docker else {}),
        }

    def _docker(self) -> dict[str, Any]:
        """What is said of the base, as `_from_definition` reads it."""
        asked = self.container_base()
        said = {
            "base_image": asked.image,
            "base_dockerfile": asked.dockerfile,
            "registry": None if asked.registry is None else asked.registry.address,
            "gpu_support": asked.gpu,
            "cuda_version": asked.cuda,
        }
        return {name: value for name, value in said.items() if value}

    def clone(self, new_name: str) -> Environment:
        """The same under another name, not registered."""
        return Environment._from_definition(new_name, self.serialize())

    def save_to_directory(self, path: str | os.PathLike[str], overwrite: bool = False) -> None:
        """Write it as `environment.json` in a folder, for `load_from_directory`."""
        import json

        target = Path(path).expanduser() / "environment.json"
        if target.exists() and not overwrite:
            raise UsageError("is there already", where=str(target), hint="overwrite=True")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps({"name": self.name, **self.serialize()}, indent=2), encoding="utf-8")

    @classmethod
    def load_from_directory(cls, path: str | os.PathLike[str]) -> Environment:
        """What `save_to_directory` wrote. Raises `UsageError`."""
        import json

        source = Path(path).expanduser() / "environment.json"
        try:
            document = json.loads(source.read_text(encoding="utf-8"))
            return cls._from_definition(document["name"], document)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"not a saved environment: {error}", where=str(source)) from error

    def build(self, workspace: Workspace, image_build_compute: object = None) -> EnvironmentBuild:
        """Lock the packages now, and where a Docker engine answers make the base and the packages' layer in it, so
        that an image with this environment is quick. Returns at once: `.wait_for_completion(show_output=True)`.

        A run that is going on in this process names what was built: `run.properties["AzureML.DerivedImageName"]`.
        Raises `RequirementError` for packages that cannot be had, `UsageError`.
        """
        from jupyter_mlops.sdk.environment_build import build

        not_needed("Environment.build", image_build_compute=image_build_compute)
        return build(workspace, self)

    # ── using it ──

    @property
    def conda(self) -> CondaDependencies | None:
        """The conda file that counts; None when the kernel does."""
        if self.python.user_managed_dependencies:
            return None
        if self.python.conda_dependencies_file is not None:
            return CondaDependencies(self.python.conda_dependencies_file)
        return self.python.conda_dependencies

    def container_base(self) -> ContainerBase:
        """What a container stands on. Raises `UsageError`."""
        docker = self.docker
        return ContainerBase(
            image=docker.base_image,
            registry=ContainerRegistry.of(docker.base_image_registry).checked(),
            dockerfile=docker_text(docker.base_dockerfile, "base_dockerfile") if docker.base_dockerfile else None,
            gpu=docker.gpu_support,
            cuda=docker.cuda_version,
        )

    def _check(self) -> None:
        """Raises `UnsupportedError` for what is not served, by name."""
        if self.docker.arguments:
            raise UnsupportedError(
                "environment.docker.arguments is not served",
                hint="a deployment has options: memory_gb, cpu_cores, gpu_cores, environment_variables",
            )
        if self.python.interpreter_path not in (None, "python"):
            raise UnsupportedError(
                "environment.python.interpreter_path is not served", hint="run the kernel of that Python"
            )

    def __repr__(self) -> str:
        return line(
            "Environment",
            name=self.name,
            version=self.version,
            packages=self.conda or self.requirements or "the kernel's",
            base_image=self.docker.base_image,
            base_dockerfile=self.docker.base_dockerfile,
        )
