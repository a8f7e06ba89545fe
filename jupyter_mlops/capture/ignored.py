"""What a `.amlignore` (or `.gitignore`) leaves out: https://git-scm.com/docs/gitignore, for one file at the root."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import NamedTuple

__all__ = ["IgnoredPaths"]


class _Rule(NamedTuple):
    pattern: re.Pattern[str]
    keeps: bool
    only_folders: bool


class IgnoredPaths:
    """The rules of one file; the last that fits a path decides."""

    def __init__(self, lines: list[str]) -> None:
        self._rules = [rule for line in lines if (rule := _rule(line)) is not None]

    @classmethod
    def of(cls, folder: Path) -> IgnoredPaths:
        """The rules of the folder's `.amlignore`, else of its `.gitignore`, else none (as Azure ML v1 did)."""
        for name in (".amlignore", ".gitignore"):
            path = folder / name
            if path.is_file():
                return cls(path.read_text(encoding="utf-8", errors="replace").splitlines())
        return cls([])

    def has(self, path: PurePosixPath, *, is_folder: bool) -> bool:
        """Whether the path (relative to the folder) is left out. A folder that is, is not to be entered."""
        left_out = False
        for rule in self._rules:
            if (is_folder or not rule.only_folders) and rule.pattern.fullmatch(path.as_posix()):
                left_out = not rule.keeps
        return left_out


def _rule(line: str) -> _Rule | None:
    text = line.rstrip()
    if not text or text.startswith("#"):
        return None
    keeps = text.startswith("!")
    text = text[1:] if keeps else text
    only_folders = text.endswith("/")
    text = text.rstrip("/")
    anchored = "/" in text
    body = _translated(text.lstrip("/"))
    return _Rule(re.compile(body if anchored else f"(?:.*/)?{body}"), keeps, only_folders)


def _translated(text: str) -> str:
    """`**/`, `/**`, `*`, `?` and `[…]` as a regular expression; a star stops at a slash."""
    found = []
    index = 0
    while index < len(text):
        if text.startswith("**/", index):
            found.append("(?:.*/)?")
            index += 3
        elif text.startswith("**", index):
            found.append(".*")
            index += 2
        elif text[index] == "[" and "]" in text[index + 2 :]:
            end = text.index("]", index + 2)
            inside = text[index + 1 : end].replace("\\", "\\\\")
            found.append(f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]")
            index = end + 1
        else:
            found.append({"*": "[^/]*", "?": "[^/]"}.get(text[index], re.escape(text[index])))
            index += 1
    return "".join(found)
