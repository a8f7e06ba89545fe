"""Tracebacks as the author of the script wants them: without the frames that are ours or the import system's."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import CodeType, TracebackType

__all__ = ["passed_through", "print_exception", "text_of"]

_OURS = str(Path(__file__).parent)
_HIDDEN = (_OURS, "<frozen importlib")


def text_of(error: BaseException) -> str:
    """The whole traceback, from the first frame of the script on."""
    return "".join(traceback.format_exception(type(error), error, _from_script(error.__traceback__)))


def print_exception(error: BaseException) -> None:
    """To stderr, in one write, so that lines of several threads do not mix."""
    sys.stderr.write(text_of(error))
    sys.stderr.flush()


def passed_through(error: BaseException, code: CodeType) -> bool:
    """Whether the error came from inside this function."""
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code is code:
            return True
        frame = frame.tb_next
    return False


def _from_script(first: TracebackType | None) -> TracebackType | None:
    frame = first
    while frame is not None and frame.tb_frame.f_code.co_filename.startswith(_HIDDEN):
        frame = frame.tb_next
    return frame if frame is not None else first
