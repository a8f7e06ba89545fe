"""Bytecode of a folder of packages: made over all cores, once for the same files, and kept on this machine.

Making it takes longer than all the rest of a first build. It is kept by what it is made of (the sources of one
distribution, the Python, the place in the image), so that the next lock with the same wheels has it for nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from platformdirs import user_state_path

from jupyter_mlops.images.layers import Entry, file_entries
from jupyter_mlops.records import Progress

__all__ = ["bytecode_entries"]

_PROGRAM = Path(__file__).with_name("compile_sources.py")
_TESTS = frozenset({"test", "tests"})
"""Folders of sources that stay without bytecode: nothing that serves imports a package's own tests, and they are half
of scikit-learn's and pandas' lines. They are in the image all the same, and compile when somebody does import them."""
_UNUSED_S = 60 * 24 * 3600
_FORMAT = 1


@dataclass(frozen=True)
class _Python:
    path: str
    version: str
    tag: str
    """`cpython-311`."""


@dataclass(frozen=True)
class _Group:
    """The sources of one distribution, by their paths in the folder; `kept` is where their bytecode lies."""

    sources: tuple[str, ...]
    kept: Path


def bytecode_entries(folder: Path, at: str, minor: str, progress: Progress) -> list[Entry]:
    """The `.pyc` files of all sources in `folder`, which lies at `at` in the image, for a Python of this minor version.

    None, which is told, where this machine has no such Python.
    """
    python = _python_of(minor)
    if python is None:
        progress.log(f"no Python {minor} here to make bytecode with: the first start takes some seconds longer")
        return []
    home = _home()
    groups = [_group(folder, at, names, python, home) for names in _distributions(folder)]
    missing = [group for group in groups if not _touched(group.kept)]
    if missing:
        progress.log(f"bytecode: {sum(len(group.sources) for group in missing)} files, kept for the next time")
        _sweep(home)
        _make(folder, at, python, missing, home)
    found: dict[str, Entry] = {}
    for group in groups:
        found |= {entry.path: entry for entry in file_entries(group.kept, at)}
    return list(found.values())


def _home() -> Path:
    state = os.environ.get("JUPYTER_MLOPS_STATE") or user_state_path("jupyter-mlops")
    folder = Path(state, "bytecode").expanduser()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _touched(kept: Path) -> bool:
    try:
        os.utime(kept)
    except FileNotFoundError:
        return False
    return True


def _distributions(folder: Path) -> Iterator[list[str]]:
    """The sources of each distribution, as its RECORD names them, then those of none; sorted."""
    every = {name for name in _sources(folder) if not _TESTS.intersection(name.split("/")[:-1])}
    for record in sorted(folder.glob("*.dist-info/RECORD")):
        named = {line.partition(",")[0] for line in record.read_text(encoding="utf-8").splitlines()} & every
        every -= named
        if named:
            yield sorted(named)
    if every:
        yield sorted(every)


def _sources(folder: Path) -> Iterator[str]:
    start = len(f"{folder}/")
    for root, _, names in os.walk(folder):
        yield from (f"{root}/{name}"[start:] for name in names if name.endswith(".py"))


def _group(folder: Path, at: str, names: Sequence[str], python: _Python, home: Path) -> _Group:
    digest = sha256(json.dumps([_FORMAT, python.version, python.tag, at]).encode())
    for name in names:
        digest.update(f"\0{name}\0".encode())
        digest.update(sha256((folder / name).read_bytes()).digest())
    return _Group(tuple(names), home / digest.hexdigest())


# ── making it ──


def _make(folder: Path, at: str, python: _Python, groups: Sequence[_Group], home: Path) -> None:
    """Fill the groups' folders, each whole or not at all."""
    with tempfile.TemporaryDirectory(prefix=".part-", dir=home) as part:
        work: list[tuple[int, str]] = []
        for group in groups:
            place = Path(part, group.kept.name)
            place.mkdir()
            for name in group.sources:
                stem = name.removesuffix(".py")
                parent, _, module = stem.rpartition("/")
                target = place / parent / "__pycache__" / f"{module}.{python.tag}.pyc"
                line = json.dumps([str(folder / name), str(target), f"/{at}/{name}"])
                work.append(((folder / name).stat().st_size, line))
        _compile(python, _shares(work, _cores()))
        for group in groups:
            with contextlib.suppress(OSError):  # somebody else has just made the same
                Path(part, group.kept.name).rename(group.kept)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shares(work: Sequence[tuple[int, str]], number: int) -> list[list[str]]:
    """The lines of the work in shares of about the same size, the largest files first."""
    totals = [0] * min(number, len(work))
    shares: list[list[str]] = [[] for _ in totals]
    for size, line in sorted(work, reverse=True):
        least = totals.index(min(totals))
        totals[least] += size
        shares[least].append(line)
    return shares


def _compile(python: _Python, shares: Sequence[Sequence[str]]) -> None:
    """One process a share. What does not compile is compiled when it is imported, or never."""
    environment = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    running = []
    with contextlib.ExitStack() as stack:
        for lines in shares:
            given = stack.enter_context(tempfile.TemporaryFile())
            given.write("".join(f"{line}\n" for line in lines).encode())
            given.seek(0)
            command = [python.path, "-s", "-S", str(_PROGRAM)]
            process = subprocess.Popen(
                command, stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
            )
            running.append(stack.enter_context(process))


def _sweep(home: Path) -> None:
    """Remove what no build has wanted for two months, and what a killed one left."""
    now = time.time()
    for path in home.iterdir():
        limit = 3600 if path.name.startswith(".part-") else _UNUSED_S
        if now - path.stat().st_mtime > limit:
            shutil.rmtree(path, ignore_errors=True)


# ── the Python ──


def _python_of(minor: str) -> _Python | None:
    """One of this minor version on this machine: ours, or what PATH has."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == minor:
        import platform

        return _Python(sys.executable, platform.python_version(), str(sys.implementation.cache_tag))
    path = shutil.which(f"python{minor}")
    if path is None:
        return None
    ask = "import platform, sys; print(platform.python_version(), sys.implementation.cache_tag)"
    said = subprocess.run([path, "-I", "-c", ask], capture_output=True, text=True, check=False).stdout.split()
    return _Python(path, said[0], said[1]) if len(said) == 2 else None
