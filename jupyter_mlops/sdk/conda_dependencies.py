"""`CondaDependencies`: a conda file as an object."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Self

from jupyter_mlops.errors import UsageError
from jupyter_mlops.sdk.listing import line

__all__ = ["CondaDependencies"]

_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


class CondaDependencies:
    """The packages of an environment, as a conda file says them.

    `CondaDependencies("env.yml")` reads a file; `CondaDependencies.create(…)` begins with packages. Without a
    `python_version` it is the kernel's minor version.
    """

    def __init__(
        self,
        conda_dependencies_file_path: str | os.PathLike[str] | None = None,
        _underlying_structure: Mapping[str, Any] | None = None,
    ):
        if conda_dependencies_file_path is not None:
            self._document = _read(Path(conda_dependencies_file_path).expanduser())
        elif _underlying_structure is not None:
            self._document = deepcopy(dict(_underlying_structure))
        else:
            self._document = {"name": "project_environment", "dependencies": [f"python={_kernel_python()}"]}
        self._document.setdefault("dependencies", [])

    @classmethod
    def create(
        cls,
        pip_indexurl: str | None = None,
        pip_packages: Iterable[str] | None = None,
        conda_packages: Iterable[str] | None = None,
        python_version: str | None = None,
        pin_sdk_version: bool = True,
    ) -> Self:
        """From lists of packages."""
        made = cls()
        if python_version is not None:
            made.set_python_version(python_version)
        for package in conda_packages or ():
            made.add_conda_package(package)
        for package in pip_packages or ():
            made.add_pip_package(package)
        if pip_indexurl is not None:
            made.set_pip_index_url(pip_indexurl)
        return made

    # ── what it says ──

    @property
    def conda_channels(self) -> list[str]:
        return list(self._document.get("channels", []))

    @property
    def conda_packages(self) -> list[str]:
        """What conda would install, `python` left out."""
        return [item for item in self._conda() if _name(item) != "python"]

    @property
    def pip_packages(self) -> list[str]:
        return [item for item in self._pip_lines() if not item.startswith("-")]

    @property
    def pip_options(self) -> list[str]:
        """Lines such as `--index-url …`."""
        return [item for item in self._pip_lines() if item.startswith("-")]

    @property
    def python_version(self) -> str | None:
        """As it is written (`3.11`); None when the file names none."""
        for item in self._conda():
            if _name(item) == "python":
                return item.partition("python")[2].lstrip("= ") or None
        return None

    def as_dict(self) -> dict[str, Any]:
        """The document of the conda file."""
        return deepcopy(self._document)

    def serialize_to_string(self) -> str:
        """The text of the conda file."""
        import yaml

        return yaml.safe_dump(self._document, sort_keys=False)

    def save_to_file(self, base_directory: str | os.PathLike[str], conda_file_path: str | None = None) -> str:
        """Write the conda file (default name `conda_dependencies.yml`) and return its path inside the directory."""
        name = conda_file_path or "conda_dependencies.yml"
        self.save(Path(base_directory) / name)
        return name

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write the conda file at `path` and return it."""
        target = Path(path).expanduser()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.serialize_to_string(), encoding="utf-8")
        return str(target)

    # ── changing it ──

    def add_channel(self, channel: str) -> None:
        channels = self._document.setdefault("channels", [])
        if channel not in channels:
            channels.append(channel)

    def remove_channel(self, channel: str) -> None:
        self._document["channels"] = [known for known in self.conda_channels if known != channel]

    def add_conda_package(self, conda_package: str) -> None:
        """Add a package, in place of one of the same name."""
        kept = [item for item in self._document["dependencies"] if not _is(item, conda_package)]
        at = next((place for place, item in enumerate(kept) if isinstance(item, Mapping)), len(kept))
        self._document["dependencies"] = [*kept[:at], conda_package, *kept[at:]]

    def remove_conda_package(self, conda_package: str) -> None:
        self._document["dependencies"] = [
            item for item in self._document["dependencies"] if not _is(item, conda_package)
        ]

    def add_pip_package(self, pip_package: str) -> None:
        """Add a package, in place of one of the same name."""
        kept = [item for item in self._pip_lines() if item.startswith("-") or not _is(item, pip_package)]
        self._set_pip([*kept, pip_package])

    def remove_pip_package(self, pip_package: str) -> None:
        self._set_pip([item for item in self._pip_lines() if item.startswith("-") or not _is(item, pip_package)])

    def set_pip_requirements(self, pip_requirements: Iterable[str]) -> None:
        """Replace the pip packages; the options stay."""
        self._set_pip([*self.pip_options, *pip_requirements])

    def set_pip_option(self, pip_option: str) -> None:
        """Add a line such as `--pre`, in place of one of the same option."""
        flag = pip_option.split()[0]
        self._set_pip([pip_option, *(item for item in self._pip_lines() if item.split()[0] != flag)])

    def set_pip_index_url(self, index_url: str) -> None:
        self.set_pip_option(f"--index-url {index_url}")

    def set_python_version(self, version: str) -> None:
        kept = [item for item in self._document["dependencies"] if not _is(item, "python")]
        self._document["dependencies"] = [f"python={version}", *kept]

    def _conda(self) -> list[str]:
        return [item for item in self._document["dependencies"] if isinstance(item, str)]

    def _pip_lines(self) -> list[str]:
        for item in self._document["dependencies"]:
            if isinstance(item, Mapping) and "pip" in item:
                return list(item["pip"] or ())
        return []

    def _set_pip(self, lines: list[str]) -> None:
        kept = [item for item in self._document["dependencies"] if not isinstance(item, Mapping)]
        self._document["dependencies"] = [*kept, {"pip": lines}] if lines else kept

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CondaDependencies) and other._document == self._document

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return line(
            "CondaDependencies",
            python=self.python_version,
            conda_packages=self.conda_packages,
            pip_packages=self.pip_packages,
        )


def _read(path: Path) -> dict[str, Any]:
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError("no such conda file", where=str(path)) from error
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"not a conda file: {error}", where=str(path)) from error
    if not isinstance(document, dict) or not isinstance(document.get("dependencies"), list):
        raise UsageError("a conda file has a list `dependencies`", where=str(path))
    return document


def _name(requirement: str) -> str:
    """`scikit-learn` of `conda-forge::Scikit_Learn==1.5`."""
    found = _NAME.match(requirement.rpartition("::")[2])
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else requirement


def _is(item: object, requirement: str) -> bool:
    return isinstance(item, str) and _name(item) == _name(requirement)


def _kernel_python() -> str:
    return ".".join(platform.python_version_tuple()[:2])
