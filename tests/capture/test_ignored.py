"""What an ignore file leaves out."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from jupyter_mlops.capture.ignored import IgnoredPaths


@pytest.mark.parametrize(
    ("lines", "path", "is_folder", "left_out"),
    [
        (["*.csv"], "data/a.csv", False, True),
        (["*.csv", "!keep.csv"], "data/keep.csv", False, False),
        (["/data"], "data", True, True),
        (["/data"], "more/data", True, False),
        (["data/"], "data", False, False),
        (["data/"], "more/data", True, True),
        (["docs/*.md"], "docs/a.md", False, True),
        (["docs/*.md"], "docs/b/a.md", False, False),
        (["**/logs/**"], "a/logs/b/c", False, True),
        (["a/**/z"], "a/z", False, True),
        (["run[0-9].txt"], "run7.txt", False, True),
        (["run[!0-9].txt"], "run7.txt", False, False),
        (["?.py"], "ab.py", False, False),
        (["# comment", "", "a.b"], "aXb", False, False),
    ],
)
def test_the_rules(lines: list[str], path: str, is_folder: bool, left_out: bool) -> None:
    assert IgnoredPaths(lines).has(PurePosixPath(path), is_folder=is_folder) is left_out


def test_amlignore_comes_before_gitignore(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.py\n")
    assert IgnoredPaths.of(tmp_path).has(PurePosixPath("a.py"), is_folder=False)
    (tmp_path / ".amlignore").write_text("*.csv\n")
    assert not IgnoredPaths.of(tmp_path).has(PurePosixPath("a.py"), is_folder=False)
