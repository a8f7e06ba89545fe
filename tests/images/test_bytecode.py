"""Bytecode of packages: the same bytes always, made once, none for a package's own tests."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from types import CodeType

import pytest

from jupyter_mlops.images.bytecode import bytecode_entries
from jupyter_mlops.images.compile_sources import bytecode
from tests.services.specs import Said

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
TAG = sys.implementation.cache_tag
SOURCES = {
    "alpha/__init__.py": "from alpha.words import known\n",
    "alpha/words.py": "def known(word):\n    return word in {'passthrough', 'drop'} or word.startswith(',')\n",
    "alpha/tests/test_words.py": "assert True\n",
    "alpha/old.py": "print 'of another Python'\n",
    "alpha-1.0.dist-info/RECORD": "alpha/__init__.py,,\nalpha/words.py,,\nalpha/old.py,,\nalpha/tests/test_words.py,,",
    "single.py": "answer = 42\n",
}


def laid_out(folder: Path) -> Path:
    for name, text in SOURCES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def digests(folder: Path, said: Said | None = None) -> dict[str, str]:
    found = bytecode_entries(folder, "opt/here", MINOR, said or Said())
    return {
        entry.path: sha256(entry.content.read_bytes()).hexdigest() for entry in found if isinstance(entry.content, Path)
    }


def test_all_that_compiles_and_is_no_test(tmp_path: Path) -> None:
    assert set(digests(laid_out(tmp_path / "site"))) == {
        f"opt/here/alpha/__pycache__/__init__.{TAG}.pyc",
        f"opt/here/alpha/__pycache__/words.{TAG}.pyc",
        f"opt/here/__pycache__/single.{TAG}.pyc",
    }


def test_it_is_what_the_interpreter_loads(tmp_path: Path) -> None:
    import marshal

    entries = bytecode_entries(laid_out(tmp_path / "site"), "opt/here", MINOR, Said())
    path = next(entry.content for entry in entries if entry.path.endswith(f"words.{TAG}.pyc"))
    assert isinstance(path, Path)
    data = path.read_bytes()
    assert data[:4] == importlib.util.MAGIC_NUMBER
    assert data[8:16] == importlib.util.source_hash(SOURCES["alpha/words.py"].encode())
    code = marshal.loads(data[16:])
    assert isinstance(code, CodeType)
    assert code.co_filename == "/opt/here/alpha/words.py"


def test_what_was_made_is_kept_by_its_sources(tmp_path: Path) -> None:
    first, again = Said(), Said()
    one = digests(laid_out(tmp_path / "1"), first)
    assert digests(laid_out(tmp_path / "2"), again) == one
    assert [line for line in first.lines if line.startswith("bytecode: 4 files")]
    assert again.lines == []
    (tmp_path / "2/single.py").write_text("answer = 43\n")
    changed = Said()
    other = digests(tmp_path / "2", changed)
    assert [path for path in one if one[path] != other[path]] == [f"opt/here/__pycache__/single.{TAG}.pyc"]
    assert changed.lines == ["bytecode: 1 files, kept for the next time"]


def test_the_same_source_is_the_same_bytes_in_whatever_company() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); kept = [sys.intern(word) for word in sys.argv[3:]]\n"
        "from compile_sources import bytecode; import hashlib\n"
        "print(hashlib.sha256(bytecode(sys.argv[2].encode(), '/x.py')).hexdigest())"
    )
    folder = str(Path(importlib.util.find_spec("jupyter_mlops.images").origin).parent)  # type: ignore[union-attr, arg-type]
    source = SOURCES["alpha/words.py"] + "def more(x):\n    return x in {'drop', 'passthrough'}\n"
    said = {
        subprocess.run(
            [sys.executable, "-c", program, folder, source, *words],
            env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed, words in (("1", ()), ("2", ()), ("3", ("drop", "passthrough", ",", "startswith")))
    }  # fmt: skip
    assert said == {sha256(bytecode(source.encode(), "/x.py")).hexdigest()}


def test_no_python_of_that_version_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = Said()
    assert bytecode_entries(laid_out(tmp_path / "site"), "opt/here", "3.99", said) == []
    assert said.lines == ["no Python 3.99 here to make bytecode with: the first start takes some seconds longer"]
