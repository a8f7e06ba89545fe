"""Asks the launcher's command for a Python that has what the lock wants."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

__all__ = ["InterpreterError", "fallback_interpreter"]


class InterpreterError(Exception):
    """The command gave no interpreter; says why."""


async def fallback_interpreter(command: Sequence[str], on_line: Callable[[str], None]) -> str:
    """Runs the command; its standard error goes to `on_line` as it comes, the last line of its output is the path."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
    except OSError as error:
        raise InterpreterError(f"{command[0]}: {error}") from None
    assert process.stdout is not None
    assert process.stderr is not None
    last = ""

    async def follow(stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            on_line(line.decode("utf-8", "replace").rstrip())

    try:
        following = asyncio.ensure_future(follow(process.stderr))
        while line := await process.stdout.readline():
            last = line.decode("utf-8", "replace").strip() or last
        await following
        code = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if code != 0 or not last:
        raise InterpreterError(f"{command[0]} ended with code {code} and gave no interpreter")
    return last
