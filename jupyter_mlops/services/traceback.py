"""A traceback of the service in the user's own words: cells and their lines in place of the generated script's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from jupyter_mlops.records import LineOrigin

__all__ = ["map_traceback"]

_FRAME = re.compile(
    r'^(?P<margin>[\s|+]*?)(?P<indent> *)File "(?P<path>[^"]+)", line (?P<line>\d+)(?P<rest>(?:, in .*)?)$'
)
_OURS = re.compile(r"[/\\]jupyter_mlops[/\\]scoring[/\\]")
_DECORATORS = re.compile(r"[/\\](?:inference_schema|wrapt)[/\\]")
_START = re.compile(r"^[\s|+-]*(?:Exception Group )?Traceback \(most recent call last\):")


class _Block(NamedTuple):
    """A frame's lines, or lines that belong to none. `path` is None for the latter."""

    lines: list[str]
    path: str | None = None


def map_traceback(text: str, script_path: str | Path, lines: Sequence[LineOrigin]) -> str:
    """The same text with `File "…/score.py", line 12` as `Cell [7], line 3`, its code line kept.

    Frames of the scoring server are left out, and those of inference-schema's decorators where a frame of another
    file follows in the same traceback. A line of the script that no cell had keeps the script's file and line.
    Text around the traceback stays as it is.
    """
    origins = {origin.line: origin for origin in lines}
    blocks = list(_blocks(text.splitlines()))
    kept: list[str] = []
    for index, block in enumerate(blocks):
        if block.path is None:
            kept += block.lines
        elif _is_script(block.path, str(script_path)):
            kept += _mapped(block, origins)
        elif _OURS.search(block.path) or (_DECORATORS.search(block.path) and _has_follower(blocks, index)):
            continue
        else:
            kept += block.lines
    return "\n".join(kept) + ("\n" if text.endswith("\n") else "")


def _blocks(lines: Iterable[str]) -> Iterable[_Block]:
    """Frames with the code and marker lines below them; every other line by itself."""
    current: _Block | None = None
    depth = 0
    for line in lines:
        frame = _FRAME.match(line)
        if frame:
            if current is not None:
                yield current
            current = _Block([line], frame["path"])
            depth = len(frame["margin"]) + len(frame["indent"])
        elif current is not None and _belongs(line, depth):
            current.lines.append(line)
        else:
            if current is not None:
                yield current
                current = None
            yield _Block([line])
    if current is not None:
        yield current


def _belongs(line: str, depth: int) -> bool:
    """Whether a line is the code of the frame above it, its markers, or `[Previous line repeated …]`."""
    if _START.match(line):
        return False
    inner = line[:depth]
    repeated = line.strip(" |").startswith("[Previous line repeated")
    is_deeper = not inner.strip(" |") and line[depth : depth + 2] == "  "
    return bool(line.strip(" |")) and (repeated or is_deeper)


def _is_script(path: str, script: str) -> bool:
    if path == script:
        return True
    own, wanted = PurePosixPath(path.replace("\\", "/")), PurePosixPath(script.replace("\\", "/"))
    if _OURS.search(path) or {"site-packages", "dist-packages"} & set(own.parts):
        return False
    # The proof, the process target and a container unpack the script in different places.
    return own.name == wanted.name and (wanted.is_absolute() or own.parts[-len(wanted.parts) :] == wanted.parts)


def _mapped(block: _Block, origins: dict[int, LineOrigin]) -> list[str]:
    head = block.lines[0]
    frame = _FRAME.match(head)
    if frame is None:
        return block.lines
    origin = origins.get(int(frame["line"]))
    if origin is None:
        return block.lines
    place = f"{frame['margin']}{frame['indent']}{origin.source}, line {origin.source_line}{frame['rest']}"
    return [place, *block.lines[1:]]


def _has_follower(blocks: Sequence[_Block], index: int) -> bool:
    """Whether a frame of some other file comes later in the same traceback."""
    for block in blocks[index + 1 :]:
        if block.path is None:
            return False
        if not _OURS.search(block.path) and not _DECORATORS.search(block.path):
            return True
    return False
