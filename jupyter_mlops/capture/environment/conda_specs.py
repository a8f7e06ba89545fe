"""One line of a conda file in pip's words, exactly, or the reason why there are none. Pure.

https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/pkg-specs.html, `MatchSpec` and `VersionSpec`:
one `=` is a prefix unless a build follows, `NAME VERSION` is exact, a comma is "and", a bar is "or".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from jupyter_mlops.capture.environment.conda_names import ON_PYPI, note_of, why_impossible, why_unnecessary
from jupyter_mlops.errors import UsageError

__all__ = ["CondaLine", "python_of", "read_line"]

_BRACKET = re.compile(r"([^\[]+)\[(.*)\]")
_KEY = re.compile(r"""(\w+)\s*=\s*(?:'([^']*)'|"([^"]*)"|([^,\]\s]+))""")
_NAMED = re.compile(r"([A-Za-z0-9_][A-Za-z0-9._-]*)\s*(.*)")
_PART = re.compile(r"(==|!=|<=|>=|~=|<|>|=)?\s*(.+)")
_CHOOSES = re.compile(r"cuda|gpu|cpu", re.IGNORECASE)


@dataclass(frozen=True)
class CondaLine:
    """What one line asks for: `python`, a `requirement`, neither (nothing is needed); or why it is `refused`.

    `note` is what a person should know of what takes its place.
    """

    name: str
    requirement: Requirement | None = None
    python: SpecifierSet | None = None
    refused: str | None = None
    note: str | None = None


def read_line(line: str, source: str) -> CondaLine:
    """Raises `UsageError` for what conda would not understand either."""
    name, version, build = _parts(line, source)
    key = canonicalize_name(name)
    if key == "python":
        return CondaLine(name, python=python_of(_specifier(version, build, line, source)))
    impossible = why_impossible(key)
    if impossible is not None:
        return CondaLine(name, refused=f"{name} ({impossible})")
    note = f"{name}: {told}" if (told := note_of(key)) else None
    if why_unnecessary(key) is not None:
        return CondaLine(name, note=note)
    if "|" in version:
        return CondaLine(name, refused=f"{name} {version} (pip knows no 'or'; name one of them)")
    if "^" in version or "$" in version:
        return CondaLine(name, refused=f"{name} {version} (pip knows no patterns; name a version)")
    specifier = _specifier(version, build, line, source)
    on_pypi = ON_PYPI.get(key, name)
    if on_pypi == "opencv-python-headless":
        specifier = _with_its_own_builds(specifier)
    if note is None and build and _CHOOSES.search(build):
        note = f"{name}: conda's build {build} was asked for; which one pip takes is up to the index"
    return CondaLine(name, requirement=Requirement(f"{on_pypi}{specifier}"), note=note)


def python_of(asked: SpecifierSet) -> SpecifierSet:
    """`==3.8` means any 3.8: nobody asks for 3.8.0 alone."""
    match = re.fullmatch(r"==(\d+\.\d+)", str(asked))
    return SpecifierSet(f"=={match.group(1)}.*") if match else asked


def _parts(line: str, source: str) -> tuple[str, str, str]:
    """`conda-forge/linux-64::numpy=1.19.2=py36_0` → (numpy, =1.19.2, py36_0); what is not said is empty."""
    text = line.partition("#")[0].strip().rpartition("::")[2]
    keys: dict[str, str] = {}
    bracket = _BRACKET.fullmatch(text)
    if bracket:
        text = bracket.group(1).strip()
        keys = {found.group(1): next(filter(None, found.groups()[1:]), "") for found in _KEY.finditer(bracket.group(2))}
    match = _NAMED.fullmatch(text)
    if match is None:
        raise UsageError(f"not understood: {line!r}", where=source)
    name, rest = match.groups()
    version, build = _version_and_build(rest.strip())
    return name, keys.get("version", version), keys.get("build", build)


def _version_and_build(text: str) -> tuple[str, str]:
    """`=1.19.2=py36_0` and `1.19.2 py36_0` → version and build. A comma or a bar holds a list of versions together."""
    tight = re.sub(r"\s*([,|])\s*", r"\1", re.sub(r"([<>=!~])\s+", r"\1", text))
    with_build = re.fullmatch(r"(={0,2}[^=\s,|<>!~]+)=([^=\s]+)", tight) or re.fullmatch(r"(\S+)\s+(\S+)", tight)
    if with_build:
        return with_build.group(1), with_build.group(2)
    return tight, ""


def _specifier(version: str, build: str, line: str, source: str) -> SpecifierSet:
    if build:
        version = version.lstrip("=")  # a build is one of one version: `=1.2=0` is 1.2, not 1.2.*
    try:
        parts = [_part(part) for part in version.split(",") if part]
        return SpecifierSet(",".join(filter(None, parts)))
    except (InvalidSpecifier, InvalidVersion, AttributeError) as error:
        raise UsageError(f"not understood: {line!r}", where=source) from error


def _part(text: str) -> str:
    """One condition. Raises `InvalidVersion` for a version that PyPI could not have."""
    match = _PART.fullmatch(text)
    if match is None:
        raise InvalidVersion(text)
    operator, version = match.group(1) or "", match.group(2)
    stars = version.endswith("*")
    number = version.rstrip("*").rstrip(".")
    if not number:
        return ""
    Version(number)
    if operator in ("<", "<=", ">", ">=", "~="):
        return f"{operator}{number}"  # conda ignores a star here
    if operator == "!=":
        return f"!={number}.*" if stars else f"!={number}"
    return f"=={number}.*" if stars or operator == "=" else f"=={number}"


def _with_its_own_builds(specifier: SpecifierSet) -> SpecifierSet:
    """opencv 4.5.1 is 4.5.1.48 on PyPI: the fourth number counts the wheels."""
    parts = [str(part) for part in specifier]
    return SpecifierSet(",".join(f"{part}.*" if re.match(r"==[^*]+$", part) else part for part in parts))
