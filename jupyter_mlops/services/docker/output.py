"""What a container prints, in lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyter_mlops.docker_client import engine_errors

__all__ = ["lines_of"]


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
