"""The distributions installed for the running interpreter: who brings which module, who needs whom.

`importlib.metadata` answers the same questions by reading every file list of every distribution on each call
(a second in a full kernel). Here a folder is listed once and read again only when it changed, and a
distribution's own files are read only when they are asked for.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

__all__ = ["Distribution", "Installed", "Origin", "install_name", "installed", "version_of"]

_KNOWN = {
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "yaml": "pyyaml",
    "cv2": "opencv-python",
    "skimage": "scikit-image",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "jwt": "pyjwt",
    "attr": "attrs",
    "OpenSSL": "pyopenssl",
    "Crypto": "pycryptodome",
    "serial": "pyserial",
    "usb": "pyusb",
    "git": "gitpython",
    "magic": "python-magic",
    "docx": "python-docx",
    "pptx": "python-pptx",
    "fitz": "pymupdf",
    "faiss": "faiss-cpu",
    "tables": "tables",
    "google.protobuf": "protobuf",
    "google.cloud.storage": "google-cloud-storage",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "pkg_resources": "setuptools",
    "sentence_transformers": "sentence-transformers",
    "category_encoders": "category-encoders",
    "imblearn": "imbalanced-learn",
    "umap": "umap-learn",
    "psycopg2": "psycopg2-binary",
    "MySQLdb": "mysqlclient",
    "Levenshtein": "levenshtein",
    "lightning": "lightning",
    "ruamel.yaml": "ruamel.yaml",
}
"""Modules whose distribution has another name: where to look first, and what to tell who lacks it."""


class Origin(NamedTuple):
    """Where a distribution was installed from when no index served it (PEP 610).

    `kind` is `editable`, `vcs`, `local` (a folder) or `archive`.
    """

    kind: str
    url: str

    @property
    def folder(self) -> Path | None:
        """The local path that the URL names, if it does."""
        from urllib.parse import unquote, urlsplit

        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None


class Distribution:
    """One installed distribution, by its `.dist-info` (or `.egg-info`) folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name, self.version = _named(self.folder) or (self._header("Name"), self._header("Version"))

    @property
    def key(self) -> str:
        """Its name as indexes compare names."""
        return canonicalize_name(self.name)

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        """The metadata's headers, without the description below them."""
        for name in ("METADATA", "PKG-INFO"):
            path = self.folder / name
            if path.is_file():
                text = path.read_text(encoding="utf-8", errors="replace")
                return list(_headers(text))
        return []

    def _header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @cached_property
    def requires(self) -> tuple[Requirement, ...]:
        """What it requires, markers not yet looked at; lines that no tool understands are left out."""
        found = []
        for key, value in self.headers:
            if key == "Requires-Dist":
                try:
                    found.append(Requirement(value))
                except InvalidRequirement:
                    continue
        return tuple(found)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The paths that its installer recorded, relative to its site folder; () where none did."""
        for name in ("RECORD", "installed-files.txt"):
            path = self.folder / name
            if path.is_file():
                lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
                return tuple(_recorded_path(line) for line in lines if line)
        return ()

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """Its top-level import names, sorted. For an editable install: those of its source folder."""
        if self.origin is not None and self.origin.kind == "editable":
            return tuple(sorted(_editable_modules(self)))
        found = {name for path in self.files if (name := _module_of(path))}
        if not found and (top := self.folder / "top_level.txt").is_file():
            found = set(top.read_text().split())
        return tuple(sorted(found))

    @cached_property
    def origin(self) -> Origin | None:
        """Where it came from when that was no index; None for an ordinary release.

        conda writes the folder that its build farm unpacked the source in: an ordinary release all the same.
        """
        if self.folder.suffix == ".egg-info" and not self.site.name.endswith("-packages"):
            return Origin("editable", self.site.as_uri())  # `setup.py develop`
        path = self.folder / "direct_url.json"
        if not path.is_file() or self.installer == "conda":
            return None
        document: dict[str, Any] = json.loads(path.read_text())
        url = str(document.get("url", ""))
        if "vcs_info" in document:
            return Origin("vcs", f"{document['vcs_info'].get('vcs', 'vcs')}+{url}")
        if "dir_info" not in document:
            return _unless_gone(Origin("archive", url))
        kind = "editable" if document["dir_info"].get("editable") else "local"
        return Origin(kind, url) if kind == "editable" else _unless_gone(Origin(kind, url))

    @cached_property
    def installer(self) -> str:
        """`pip`, `uv`, `conda` …; empty where nobody said."""
        path = self.folder / "INSTALLER"
        return path.read_text().strip() if path.is_file() else ""

    @property
    def site(self) -> Path:
        """The folder that it is installed in."""
        return self.folder.parent


def _unless_gone(origin: Origin) -> Origin | None:
    """A `file://` place that is not on this machine was a packager's build folder (conda's, Debian's)."""
    folder = origin.folder
    return origin if folder is None or folder.exists() else None


def _named(folder: Path) -> tuple[str, str] | None:
    """`scikit_learn-1.9.1.dist-info` → (scikit_learn, 1.9.1): saves opening the file."""
    if folder.suffix != ".dist-info":
        return None
    name, _, version = folder.stem.partition("-")
    return (name.replace("_", "-"), version) if version else None


def _headers(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if not line:
            return
        key, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            yield key, value.strip()


def _recorded_path(line: str) -> str:
    if line.startswith('"'):
        return line[1:].partition('"')[0]
    return line.partition(",")[0]


_CODE = (".py", ".so", ".pyd", ".pyi")


def _module_of(path: str) -> str | None:
    """The top-level module that a recorded file belongs to; None for scripts, metadata and data."""
    if not path.endswith(_CODE) or path.startswith(("..", "/")):
        return None
    top, slash, _ = path.partition("/")
    name = top if slash else top.partition(".")[0]
    is_name = name and "." not in name and "-" not in name and not name.startswith("__editable__")
    return name if is_name else None


def _editable_modules(distribution: Distribution) -> Iterator[str]:
    """The packages and modules in the folders that an editable install points to."""
    for folder in _editable_roots(distribution):
        for child in folder.iterdir():
            if child.suffix == ".py" and child.stem not in ("setup", "conftest"):
                yield child.stem
            elif (child / "__init__.py").is_file() and child.name not in ("tests", "test", "docs"):
                yield child.name


def _editable_roots(distribution: Distribution) -> list[Path]:
    """From its `.pth` file; else, for a finder of setuptools, its source folder or the `src` in it."""
    for path in distribution.files:
        if path.endswith(".pth"):
            lines = (distribution.site / path).read_text().splitlines()
            roots = [Path(line) for line in lines if line and not line.startswith("import ") and Path(line).is_dir()]
            if roots:
                return roots
    source = distribution.origin.folder if distribution.origin else None
    if source is None or not source.is_dir():
        return []
    return [source / "src" if (source / "src").is_dir() else source]


class Installed:
    """All distributions of a `sys.path`, by canonical name; the first on the path wins, as for imports."""

    def __init__(self, folders: list[Path]) -> None:
        self.distributions: dict[str, Distribution] = {}
        for folder in folders:
            for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
                if entry.suffix in (".dist-info", ".egg-info") and entry.is_dir():
                    distribution = Distribution(entry)
                    if distribution.name:
                        self.distributions.setdefault(distribution.key, distribution)

    def get(self, name: str) -> Distribution | None:
        """A distribution by its name, however it is spelled."""
        return self.distributions.get(canonicalize_name(name))

    def providers(self, module: str) -> list[Distribution]:
        """The distributions that bring a module (dotted names: the one that has the file, where one has).

        A namespace such as `google` may have many; an ordinary module has one.
        """
        top = module.partition(".")[0]
        guesses = [_KNOWN.get(module), _KNOWN.get(top), top]
        for guess in guesses:
            known = self.get(guess) if guess else None
            if known is not None and top in known.modules and _has(known, module):
                return [known]
        found = self.by_module.get(top, [])
        exact = [distribution for distribution in found if _has(distribution, module)]
        return exact or found

    @cached_property
    def by_module(self) -> Mapping[str, list[Distribution]]:
        """Every module's distributions: reads all file lists, so it is asked last."""
        found: dict[str, list[Distribution]] = {}
        for distribution in self.distributions.values():
            for name in distribution.modules:
                found.setdefault(name, []).append(distribution)
        return found

    def editable_folders(self) -> list[Path]:
        """The source folders of the editable installs."""
        found = [
            one.origin.folder for one in self.distributions.values() if one.origin and one.origin.kind == "editable"
        ]
        return [folder for folder in found if folder is not None]


def _has(distribution: Distribution, module: str) -> bool:
    if "." not in module:
        return True
    path = module.replace(".", "/")
    return any(file.startswith((f"{path}/", f"{path}.")) for file in distribution.files)


def install_name(module: str) -> str:
    """What to `pip install` for a module, as far as its name tells."""
    top = module.partition(".")[0]
    return _KNOWN.get(module) or _KNOWN.get(top) or top.replace("_", "-")


def version_of(module: str) -> str | None:
    """The version of the distribution that brings a module; None where none does."""
    providers = installed().providers(module)
    return providers[0].version if providers else None


_cache: dict[tuple[tuple[str, int], ...], Installed] = {}


def installed() -> Installed:
    """The running interpreter's distributions, as `sys.path` stands now.

    Kept until a folder of the path changes, as it does at every install.
    """
    folders = [Path(entry) for entry in dict.fromkeys(sys.path) if entry and Path(entry).is_dir()]
    key = tuple((str(folder), folder.stat().st_mtime_ns) for folder in folders)
    if key not in _cache:
        _cache.clear()
        _cache[key] = Installed(folders)
    return _cache[key]
