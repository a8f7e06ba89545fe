"""A magic's line into words.

Spaces inside quotes and inside brackets do not part words, so that `--data X[:, 0]` and `--json {"data": [1, 2]}`
need no quotes. The quotes of a word are kept here: whether they belong to it depends on what the word is.
"""

from __future__ import annotations

from jupyter_mlops.errors import UsageError

__all__ = ["unquoted", "unwrapped", "words"]

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_QUOTES = "'\""


def words(line: str) -> list[str]:
    """The words, as they were typed. A bracket that is never closed is a character like any other.

    Raises `UsageError` for a quote that is never closed.
    """
    found: list[str] = []
    depth: list[str] = []
    start: int | None = None
    index = 0
    while index < len(line):
        char = line[index]
        if char.isspace() and not depth:
            if start is not None:
                found.append(line[start:index])
            start = None
            index += 1
            continue
        start = index if start is None else start
        if char in _QUOTES:
            index = _closing(line, index)
        elif char in _PAIRS and _closes(line, index):
            depth.append(_PAIRS[char])
        elif depth and char == depth[-1]:
            depth.pop()
        index += 1
    return [*found, line[start:]] if start is not None else found


def _closing(line: str, opening: int) -> int:
    """Where the quote that opens here closes."""
    index = opening + 1
    while index < len(line):
        if line[index] == "\\":
            index += 1
        elif line[index] == line[opening]:
            return index
        index += 1
    raise UsageError(f"a quote is not closed: {line[opening:]}", hint="close it, or put the value in the other quotes")


def _closes(line: str, opening: int) -> bool:
    """Whether the bracket that opens here is closed in the line."""
    return _PAIRS[line[opening]] in line[opening + 1 :]


def unwrapped(word: str) -> str:
    """The word without the quotes around all of it: for an expression, whose own quotes stay."""
    if (
        len(word) > 1
        and word[0] in _QUOTES
        and word[-1] == word[0]
        and word[0] not in word[1:-1].replace("\\" + word[0], "")
    ):
        return word[1:-1].replace("\\" + word[0], word[0])
    return word


def unquoted(word: str) -> str:
    """The word without its quotes, wherever they are: for text (`team="dark blue"` is `team=dark blue`)."""
    out: list[str] = []
    index = 0
    while index < len(word):
        if word[index] in _QUOTES:
            end = _closing(word, index)
            out.append(word[index + 1 : end].replace("\\" + word[index], word[index]))
            index = end
        else:
            out.append(word[index])
        index += 1
    return "".join(out)
