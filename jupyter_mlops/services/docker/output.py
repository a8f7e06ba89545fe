"""What a container prints, in lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyter_mlops.docker_client import engine_errors

__all__ = ["ContainerOutput", "lines_of"]


class ContainerOutput:
    """A front's output, for `services/process/candidate.py`; a place in it is the time of its last line there."""

    def __init__(self, container: Any):
        self._container = container

    def end(self) -> str:
        with engine_errors("read a log"):
            last = bytes(self._container.logs(tail=1, timestamps=True)).decode(errors="replace")
        return last.partition(" ")[0]

    def since(self, end: str) -> str:
        with engine_errors("read a log"):
            text = bytes(self._container.logs(tail=2000, timestamps=True)).decode(errors="replace")
        lines = [line.partition(" ") for line in text.splitlines()]
        return "\n".join(line for time, _, line in lines if time > end)


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
