"""What a conda file or a requirements file asks for, in pip's words. Pure: nothing is looked up or installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from jupyter_mlops.capture.environment.conda_specs import read_line
from jupyter_mlops.errors import RequirementError, UsageError

__all__ = ["Requested", "from_conda", "from_requirements", "refuse"]


@dataclass(frozen=True)
class Requested:
    """`source`: what a person calls the place. `python`: what it says of Python, in PEP 440's words; `refused`:
    lines that cannot be had by pip at all, each with its reason; `impossible`: conda packages that cannot, likewise;
    `notes`: how what takes a conda package's place differs from it."""

    source: str
    requirements: tuple[Requirement, ...] = ()
    python: SpecifierSet | None = None
    python_text: str | None = None
    refused: tuple[str, ...] = ()
    impossible: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


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
    impossible: list[str] = []
    notes: dict[str, None] = {}
    python: tuple[SpecifierSet | None, str | None] = None, None
    for line in lines:
        if isinstance(line, dict):
            asked = _requirements([str(one) for one in line.get("pip") or ()], source, folder)
            found += asked.requirements
            refused += asked.refused
            notes |= dict.fromkeys(asked.notes)
            continue
        read = read_line(str(line), source)
        if read.python is not None:
            python = read.python, str(line).replace(" ", "")
        if read.requirement is not None:
            found.append(read.requirement)
        if read.refused is not None:
            impossible.append(read.refused)
        if read.note is not None:
            notes[read.note] = None
    return Requested(source, tuple(found), *python, tuple(refused), tuple(impossible), tuple(notes))


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
    notes: list[str] = []
    for line in _flattened(lines, folder):
        text = re.sub(r"(^|\s+)#.*$", "", line).strip()
        text = re.sub(r"\s+--(hash|config-settings|global-option)[= ]\S+", "", text)
        if not text:
            continue
        if text.startswith(("-e ", "--editable", "./", "../", "/", "git+", "hg+", "svn+", "http:", "https:", "file:")):
            refused.append(f"{_shown(text)}: install it in the kernel, and name the distribution in {source}")
        elif text.startswith("-"):
            notes.append(_unused(text))
        else:
            found.append(_requirement(text, source))
    return Requested(source, tuple(found), refused=tuple(refused), notes=tuple(notes))


def _unused(option: str) -> str:
    """Packages are found again when an image is made, perhaps elsewhere: there only pip's own settings say where."""
    name = re.split(r"[=\s]", option, maxsplit=1)[0]
    setting = {"-i": "index-url", "-f": "find-links"}.get(name, name.lstrip("-"))
    if setting in ("index-url", "extra-index-url", "find-links", "trusted-host"):
        return f"{name} in the file is not used: pip config set global.{setting} … says where packages come from"
    return f"{name} in the file is not used"


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
