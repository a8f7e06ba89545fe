"""`Environment`: the packages that a script needs, as they are asked for; a lock is made of it when it is used."""

from __future__ import annotations

import builtins
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jupyter_mlops.errors import UnsupportedError, UsageError
from jupyter_mlops.sdk.conda_dependencies import CondaDependencies
from jupyter_mlops.sdk.listing import line

if TYPE_CHECKING:
    from jupyter_mlops.records import EnvironmentRecord
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
    """`environment.docker`: what a container would be made from. Refused, when set, by targets without containers."""

    enabled: bool = False
    base_image: str | None = None
    base_dockerfile: str | None = None
    base_image_registry: object = None
    gpu_support: bool = False
    arguments: list[str] = field(default_factory=list)
    shared_volumes: bool = True


class Environment:
    """A named set of packages.

    `environment.python.conda_dependencies` holds them; while it is None they are inferred from the kernel.
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
        """Not served. Raises `UnsupportedError`."""
        raise UnsupportedError(
            "an environment of conda's own is not read yet",
            hint=f"conda env export -n {conda_environment_name} > environment.yml, then "
            f'Environment.from_conda_specification({name!r}, "environment.yml")',
        )

    @classmethod
    def from_docker_image(cls, name: str, image: str, **options: object) -> Self:
        """Not served yet. Raises `UnsupportedError`."""
        raise UnsupportedError("Environment.from_docker_image is not served yet", hint=_INSTEAD_OF_CONTAINER)

    @classmethod
    def from_dockerfile(cls, name: str, dockerfile: str, **options: object) -> Self:
        """Not served yet. Raises `UnsupportedError`."""
        raise UnsupportedError("Environment.from_dockerfile is not served yet", hint=_INSTEAD_OF_CONTAINER)

    # ── keeping it ──

    def register(self, workspace: Workspace) -> Environment:
        """Keep it under its name, as the next version."""
        from jupyter_mlops.registry import environments

        self._refuse_container()
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
        return made

    def serialize(self) -> dict[str, Any]:
        """What is asked for, as JSON."""
        conda = self.conda
        return {
            "conda": None if conda is None else conda.as_dict(),
            "requirements": None if self.requirements is None else builtins.list(self.requirements),
            "user_managed": self.python.user_managed_dependencies,
            "environment_variables": dict(self.environment_variables),
        }

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

    def build(self, workspace: Workspace) -> None:
        """Not served: an environment is locked when it is used. Raises `UnsupportedError`."""
        raise UnsupportedError(
            "Environment.build is not served: there is no container to build",
            hint="use it: InferenceConfig(entry_script=…, environment=env) locks it, %build_image freezes it",
        )

    # ── using it ──

    @property
    def conda(self) -> CondaDependencies | None:
        """The conda file that counts; None when the kernel does."""
        if self.python.user_managed_dependencies:
            return None
        if self.python.conda_dependencies_file is not None:
            return CondaDependencies(self.python.conda_dependencies_file)
        return self.python.conda_dependencies

    def _refuse_container(self) -> None:
        """Raises `UnsupportedError` for what only a container could honour."""
        defaults = DockerSection()
        for name in ("base_image", "base_dockerfile", "base_image_registry", "gpu_support", "arguments"):
            if getattr(self.docker, name) != getattr(defaults, name):
                raise UnsupportedError(f"environment.docker.{name} is not served yet", hint=_INSTEAD_OF_CONTAINER)
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
        )


_INSTEAD_OF_CONTAINER = (
    "name the packages: Environment.from_conda_specification or .from_pip_requirements; the process target runs them"
)
