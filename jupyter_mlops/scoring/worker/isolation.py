"""What a script may import: the standard library, the lock's distributions, its own folder, and our old names.

`check` compares the lock with what is installed; `install` puts a guard before the finders of the import system, so
that another distribution that happens to be installed is not there for the script, and says which requirement to add.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from jupyter_mlops.scoring.worker.old_imports import serves
from jupyter_mlops.scoring.worker.script import Failure

__all__ = ["Guard", "NotInEnvironment", "check", "install", "read_lock"]

_FOLDER = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+?)(-py[\d.]+)?\.(dist|egg)-info")
_SITES = ("site-packages", "dist-packages")
_OURS = frozenset({"jupyter_mlops", "entry_module"})


class NotInEnvironment(ModuleNotFoundError):
    """An import of what is installed but not in the lock. The words are made when they are read: optional imports that
    a library tries and gives up cost nothing."""

    __module__ = "builtins"  # so that a traceback shows it without a path of ours

    def __init__(self, name: str, advice: Callable[[str], str]) -> None:
        super().__init__(name, name=name)
        self._advice = advice

    def __str__(self) -> str:
        return self._advice(self.name or "")


def read_lock(path: str | None) -> dict[str, Any] | None:
    """The lock of a revision; None where it has none. Raises Failure."""
    if path is None:
        return None
    try:
        lock: dict[str, Any] = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Failure("lock", f"the lock {path} cannot be read: {error}") from error
    return lock


def check(lock: dict[str, Any]) -> None:
    """Raises Failure, naming every distribution that is missing or of another version."""
    wanted = str(lock.get("python") or "")
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    problems = []
    if wanted and wanted.split(".")[:2] != here.split("."):
        problems.append(f"Python {wanted} wanted, {sys.version.split()[0]} here")
    installed = dict(_installed())
    for package in lock.get("packages") or ():
        name, version = package["name"], package["version"]
        folder = installed.get(normal(name))
        if folder is None:
            problems.append(f"{name} {version} is not installed")
        elif (there := _version(folder)) != version:
            problems.append(f"{name} {version} wanted, {there} installed")
    if problems:
        raise Failure("lock", f"this interpreter is not the environment of the lock: {'; '.join(problems)}")


def install(lock: dict[str, Any], folders: Iterable[Path]) -> None:
    """Guard every finder there is, those of editable installs too. `folders` are the script's own."""
    guard = Guard(lock, [str(folder) for folder in folders])
    kept = [finder for finder in sys.meta_path if finder in (BuiltinImporter, FrozenImporter)]
    guard.behind = [finder for finder in sys.meta_path if finder not in kept and not _is_distutils_hack(finder)]
    sys.meta_path[:] = [*kept, guard]
    sites = tuple(entry for entry in sys.path if Path(entry).name in _SITES)
    for name, module in list(sys.modules.items()):  # what .pth files or we ourselves have imported
        origin = getattr(module, "__file__", None) or ""
        if sites and origin.startswith(sites) and not guard.allows(name.partition(".")[0]):
            del sys.modules[name]


class Guard:
    """A finder that asks the others, and gives on only what the script may see."""

    def __init__(self, lock: dict[str, Any], folders: Sequence[str]) -> None:
        self._distributions = {normal(package["name"]) for package in lock.get("packages") or ()}
        self._modules = {name.partition(".")[0] for p in lock.get("packages") or () for name in p.get("modules") or ()}
        self._folders = list(folders)
        self.behind: list[Any] = []

    def allows(self, top: str) -> bool:
        """Whether the lock, Python or we ourselves bring a top-level module of this name."""
        return top in self._modules or top in sys.stdlib_module_names or top in _OURS or top in self._recorded

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The import system's question. Raises NotInEnvironment for `import`; `importlib.util.find_spec` gets None."""
        top = name.partition(".")[0]
        if path is not None or top in sys.stdlib_module_names or top in self._modules:
            return self._ask(name, path, target)
        spec = self._ask(name, path, target)
        if spec is None or _is_pythons(spec) or self._is_own(spec) or self.allows(top):
            return spec
        own = PathFinder.find_spec(name, self._folders)
        if own is not None and (own.origin or own.submodule_search_locations):
            return own
        if not serves(name) and sys._getframe(2).f_code.co_name != "find_spec":
            raise NotInEnvironment(name, self._advice)
        return None

    def find_distributions(self, *arguments: Any, **named: Any) -> Iterator[Any]:
        """For importlib.metadata: only the lock's."""
        asked = getattr(arguments[0], "name", None) if arguments else None
        if asked is not None and normal(asked) not in self._distributions:
            return
        for finder in self.behind:
            find = getattr(finder, "find_distributions", None)
            for each in find(*arguments, **named) if find is not None else ():
                if asked is not None or normal(each.metadata["Name"] or "") in self._distributions:
                    yield each

    def invalidate_caches(self) -> None:
        """New files may have come."""
        for finder in self.behind:
            if hasattr(finder, "invalidate_caches"):
                finder.invalidate_caches()

    def _ask(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in self.behind:
            spec: ModuleSpec | None = finder.find_spec(name, path, target)
            if spec is not None:
                return spec
        return None

    def _is_own(self, spec: ModuleSpec) -> bool:
        places = [spec.origin, *(spec.submodule_search_locations or ())]
        inside = tuple(f"{folder}/" for folder in self._folders)
        return any(f"{place}/".startswith(inside) and "/site-packages/" not in place for place in places if place)

    @property
    def _recorded(self) -> set[str]:
        """Top-level modules of the lock's distributions by their own records: a lock may not name each."""
        if "_known" not in self.__dict__:
            folders = [folder for name, folder in _installed() if name in self._distributions]
            self.__dict__["_known"] = {module for folder in folders for module in _top_levels(folder)}
        known: set[str] = self.__dict__["_known"]
        return known

    def _advice(self, name: str) -> str:
        top = name.partition(".")[0]
        for distribution, folder in _installed():
            if distribution not in self._distributions and top in _top_levels(folder):
                title = _FOLDER.fullmatch(folder.name)
                shown = title["name"].replace("_", "-") if title else distribution
                return (
                    f"package {shown!r} is installed but not in the environment of this script;"
                    f" import it in the script, or add {shown}=={_version(folder)} to the conda file"
                )
        return f"module {top!r} is on this machine but not in the environment of this script; bring it with the script"


def _is_pythons(spec: ModuleSpec) -> bool:
    """A part of the standard library that `sys.stdlib_module_names` leaves out, such as `_sysconfigdata_…`."""
    folder = str(Path(json.__file__).parents[1])
    origin = spec.origin or ""
    return origin.startswith(f"{folder}/") and not any(f"/{site}/" in origin for site in _SITES)


def normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed() -> Iterator[tuple[str, Path]]:
    """(normal name, metadata folder) of each distribution on `sys.path`, the first of a name first."""
    seen = set()
    for entry in sys.path:
        folder = Path(entry)
        if not folder.is_dir():
            continue
        for each in folder.iterdir():
            found = _FOLDER.fullmatch(each.name)
            if found and normal(found["name"]) not in seen:
                seen.add(normal(found["name"]))
                yield normal(found["name"]), each


def _version(folder: Path) -> str:
    """By the metadata, for a folder's name may spell it otherwise."""
    for name in ("METADATA", "PKG-INFO"):
        path = folder / name if folder.is_dir() else folder
        if path.is_file():
            with path.open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    if line.startswith("Version:"):
                        return line.partition(":")[2].strip()
    found = _FOLDER.fullmatch(folder.name)
    return found["version"] if found else "?"


@cache
def _top_levels(folder: Path) -> frozenset[str]:
    """The top-level modules that a distribution installs."""
    record, listed = folder / "RECORD", folder / "top_level.txt"
    names = set(listed.read_text("utf-8").split()) if listed.is_file() else set()
    if record.is_file():
        for line in record.read_text("utf-8").splitlines():
            first, _, rest = line.partition(",")[0].partition("/")
            if rest or first.endswith((".py", ".so", ".pyd")):
                names.add(first.partition(".")[0] if not rest else first)
    return frozenset(name for name in names if name.isidentifier())


def _is_distutils_hack(finder: Any) -> bool:
    return type(finder).__module__ == "_distutils_hack"
