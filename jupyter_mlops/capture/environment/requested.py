"""What a conda file or a requirements file asks for, in pip's words. Pure: nothing is looked up or installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from jupyter_mlops.errors import RequirementError, UsageError

__all__ = ["Requested", "from_conda", "from_requirements", "refuse"]

_ON_PYPI = {
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "matplotlib-base": "matplotlib",
    "dask-core": "dask",
    "msgpack-python": "msgpack",
    "pytables": "tables",
    "python-graphviz": "graphviz",
    "ruamel-yaml": "ruamel.yaml",
    "numpy-base": "numpy",
    "tensorflow-base": "tensorflow",
    "tensorflow-mkl": "tensorflow",
    "seaborn-base": "seaborn",
    "importlib-metadata": "importlib-metadata",
    "jinja2": "jinja2",
    "python-dateutil": "python-dateutil",
    "py-opencv": "opencv-python-headless",
    "opencv": "opencv-python-headless",
    "pyarrow-core": "pyarrow",
    "gensim": "gensim",
}
"""conda's names of what PyPI calls otherwise, where it is the same thing."""

_NOT_PYTHON = frozenset(
    [
        "-libgcc-mutex",
        "-openmp-mutex",
        "blas",
        "bzip2",
        "ca-certificates",
        "cudatoolkit",
        "icu",
        "intel-openmp",
        "ld-impl-linux-64",
        "libblas",
        "libcblas",
        "libcxx",
        "libedit",
        "libffi",
        "libgcc",
        "libgcc-ng",
        "libgfortran",
        "libgfortran-ng",
        "libgfortran5",
        "libgomp",
        "liblapack",
        "libopenblas",
        "libsqlite",
        "libstdcxx",
        "libstdcxx-ng",
        "libuuid",
        "libzlib",
        "llvm-openmp",
        "mkl",
        "ncurses",
        "nomkl",
        "openblas",
        "openssl",
        "pip",
        "python-abi",
        "readline",
        "setuptools",
        "sqlite",
        "tbb",
        "tk",
        "vc",
        "vs2015-runtime",
        "wheel",
        "xz",
        "yaml",
        "zlib",
        "zstd",
    ]
)
"""Of conda's packages, the ones that wheels carry inside themselves, or that the machine and the venv have anyway."""


@dataclass(frozen=True)
class Requested:
    """`source`: what a person calls the place. `python`: what it says of Python, in PEP 440's words; `refused`:
    lines that cannot be had by pip at all, each with its reason."""

    source: str
    requirements: tuple[Requirement, ...] = ()
    python: SpecifierSet | None = None
    python_text: str | None = None
    refused: tuple[str, ...] = ()


def from_conda(file: str | Path | dict[str, Any]) -> Requested:
    """A conda file (or its content): `dependencies`, with a `pip:` list in it.

    Raises `UsageError` for a file that is not there, no YAML, or has no list of dependencies.
    """
    source, document, folder = _conda_document(file)
    lines = document.get("dependencies", [])
    if not isinstance(lines, list):
        raise UsageError("`dependencies` is not a list", where=source)
    found: list[Requirement] = []
    refused: list[str] = []
    python: tuple[SpecifierSet, str] | None = None
    for line in lines:
        if isinstance(line, dict):
            asked = _requirements([str(one) for one in line.get("pip", [])], source, folder)
            found += asked.requirements
            refused += asked.refused
            continue
        name, text = _conda_spec(str(line), source)
        if name == "python":
            python = (_specifier(text, source, str(line)), str(line).replace(" ", ""))
        elif canonicalize_name(name) not in _NOT_PYTHON:
            found.append(Requirement(f"{_ON_PYPI.get(canonicalize_name(name), name)}{text}"))
    asked_python, python_text = python or (None, None)
    return Requested(source, tuple(found), asked_python, python_text, tuple(refused))


def _conda_document(file: str | Path | dict[str, Any]) -> tuple[str, dict[str, Any], Path]:
    if isinstance(file, dict):
        return "the conda dependencies", file, Path.cwd()
    import yaml

    path = Path(file).expanduser()
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError("the conda file cannot be read", where=str(path), hint=error.strerror) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}:{mark.line + 1}" if mark is not None else path.name
        raise UsageError("the conda file is no YAML", where=where) from error
    if not isinstance(document, dict):
        raise UsageError("the conda file has no `dependencies`", where=path.name)
    return path.name, document, path.parent


def _conda_spec(line: str, source: str) -> tuple[str, str]:
    """`conda-forge::numpy=1.19.2=py36_0` → (numpy, ==1.19.2.*).

    https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/pkg-specs.html: one `=` is a prefix.
    """
    text = line.partition("#")[0].strip().rpartition("::")[2]
    bracket = re.fullmatch(r"([^\[\s]+)\s*\[.*?version\s*=\s*['\"]?([^'\"\]]*)['\"]?.*\]", text)
    if bracket:
        text = f"{bracket.group(1)} {bracket.group(2)}"
    match = re.fullmatch(r"([A-Za-z0-9._-]+)\s*(.*)", text)
    if match is None:
        raise UsageError(f"not understood: {line!r}", where=source)
    name, version = match.group(1), match.group(2).strip()
    if not version or version == "*":
        return name, ""
    if re.match(r"[<>!~]|==", version):
        return name, re.sub(r"\s+", "", version.partition(" ")[0] if " " in version and "," not in version else version)
    parts = re.split(r"\s*=\s*|\s+", version.lstrip("= "))
    fixed = parts[0].rstrip("*").rstrip(".")
    return name, f"=={fixed}.*" if fixed else ""


def _specifier(text: str, source: str, line: str) -> SpecifierSet:
    try:
        return SpecifierSet(text)
    except InvalidSpecifier as error:
        raise UsageError(f"not understood: {line!r}", where=source) from error


def from_requirements(file: str | Path | Iterable[str]) -> Requested:
    """A requirements file, or its lines. `-r` is followed; options of where to look are left to pip's settings.

    Raises `UsageError` for a file that is not there and for lines that pip would not understand.
    """
    if isinstance(file, (str, Path)):
        path = Path(file).expanduser()
        return _requirements(_read(path), path.name, path.parent)
    return _requirements(list(file), "the requirements", Path.cwd())


def _read(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError("the requirements file cannot be read", where=str(path), hint=error.strerror) from error
    return text.replace("\\\n", " ").splitlines()


def _requirements(lines: list[str], source: str, folder: Path) -> Requested:
    found: list[Requirement] = []
    refused: list[str] = []
    for line in _flattened(lines, folder):
        text = re.sub(r"(^|\s+)#.*$", "", line).strip()
        text = re.sub(r"\s+--(hash|config-settings|global-option)[= ]\S+", "", text)
        if not text:
            continue
        if text.startswith(("-e ", "--editable", "./", "../", "/", "git+", "hg+", "svn+", "http:", "https:", "file:")):
            refused.append(f"{_shown(text)}: install it in the kernel, and name the distribution in {source}")
        elif not text.startswith("-"):
            found.append(_requirement(text, source))
    return Requested(source, tuple(found), refused=tuple(refused))


def _flattened(lines: list[str], folder: Path) -> Iterator[str]:
    for line in lines:
        match = re.match(r"\s*(?:-r|--requirement)[= ]\s*(\S+)", line)
        if match:
            inner = folder / match.group(1)
            yield from _flattened(_read(inner), inner.parent)
        else:
            yield line


def _requirement(text: str, source: str) -> Requirement:
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(f"not understood: {text!r}", where=source, hint="NAME==VERSION") from error


def _shown(text: str) -> str:
    """Without what stands before an @ in an URL."""
    return re.sub(r"://[^/@\s]*@", "://", text)


def refuse(requested: Requested) -> None:
    """Raises `RequirementError` naming the lines that pip cannot have at all."""
    if requested.refused:
        raise RequirementError(f"no index serves {'; '.join(requested.refused)}", where=requested.source)
