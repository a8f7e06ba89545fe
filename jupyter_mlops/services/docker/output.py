"""What a container prints, in lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from jupyter_mlops.docker_client import engine_errors
from jupyter_mlops.services.log_pages import LogPage, bad_cursor, page_of

__all__ = ["lines_of", "page"]


def lines_of(container: Any, lines: int, *, follow: bool) -> Iterator[str]:
    """The last `lines` lines, and with `follow` those that come, until the container ends."""
    with engine_errors("read a log"):
        if not follow:
            text = bytes(container.logs(tail=lines)).decode(errors="replace")
            return iter(text.splitlines())
        return _followed(container.logs(tail=lines, stream=True, follow=True))


def _followed(stream: Any) -> Iterator[str]:
    rest = b""
    try:
        with engine_errors("read a log"):
            for chunk in stream:
                *complete, rest = (rest + chunk).split(b"\n")
                yield from (line.decode(errors="replace") for line in complete)
    finally:
        stream.close()
        stream._response.close()  # the SDK leaves the socket's file open
    if rest:
        yield rest.decode(errors="replace")


# ── by pages ──


def page(container: Any, cursor: str | None, lines: int) -> LogPage:
    """What it said since the cursor, or its last lines. A place in its log is a time of the engine's, to the
    nanosecond, and how many lines of that very time were shown. Raises `UsageError`.
    """
    if cursor is None:
        found = _timed(container, tail=lines)
        return LogPage(tuple(line for _, line in found), _cursor(container, found, "0", 0))
    known, _, place = cursor.partition(".")
    seconds, _, count = place.rpartition(".")
    if not known or not count.isdecimal() or not seconds.replace(".", "").isdecimal():
        raise bad_cursor(cursor)
    if known != container.id[:12]:  # a front of its own since
        found = _timed(container, tail=lines)
        return page_of([line for _, line in found], lines, _cursor(container, found, "0", 0), goes_on=False)
    # The engine answers from the beginning of that second.
    begin = int(float(seconds))
    since = {"since": begin} if begin else {}
    after = [(when, line) for when, line in _timed(container, **since) if when >= seconds]
    same = sum(when == seconds for when, _ in after[: int(count)])
    new = after[same:]
    return page_of([line for _, line in new], lines, _cursor(container, new, seconds, int(count)), goes_on=True)


def _timed(container: Any, **which: Any) -> list[tuple[str, str]]:
    """Lines with the seconds since 1970 at which they came, as texts that sort as the times do."""
    with engine_errors("read a log"):
        text = bytes(container.logs(timestamps=True, **which)).decode(errors="replace")
    found = []
    for row in text.splitlines():
        when, _, line = row.partition(" ")
        found.append((_seconds(when), line))
    return found


def _seconds(time: str) -> str:
    """`2026-11-22T06:40:01.123456789Z` → `1795329601.123456789`."""
    whole, _, fraction = time.rstrip("Z").partition(".")
    begun = int(datetime.fromisoformat(f"{whole}+00:00").timestamp())
    return f"{begun}.{fraction.ljust(9, '0')}"


def _cursor(container: Any, found: list[tuple[str, str]], before: str, count: int) -> str:
    """The place behind the last line that was found; the one before when none was."""
    last = found[-1][0] if found else before
    same = sum(when == last for when, _ in found) + (count if last == before and found else 0)
    return f"{container.id[:12]}.{last}.{same if found else count}"
