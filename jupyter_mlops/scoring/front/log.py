"""The service's log: one line a request, the front's own lines, and what the script prints, in the order they came.

Lines are gathered for a moment and written by a thread of their own: a reader that is slow (a full pipe, a hung
disk) must not stop the answers. Nothing of a payload and no key is ever written.
"""

from __future__ import annotations

import fcntl
import json
import os
import queue
import shutil
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

__all__ = ["ROTATE_BYTES", "Log", "LogFormat"]

LogFormat = Literal["plain", "json"]

ROTATE_BYTES = 20_000_000
_BACKLOG = 200
"""Gathered blocks that may wait for the writer before lines are dropped (and counted)."""


class Log:
    """Writes to file descriptor `target` (standard output). Use from one thread; `close` writes what is left.

    `schedule` is the event loop's `call_later`; without it every line is written at once.
    """

    def __init__(self, form: LogFormat = "plain", *, target: int = 1, file: Path | None = None, gather: float = 0.05):
        self.form = form
        self._target = target
        self._file = file
        if file is not None:
            _append(target)
        self._gather = gather
        self._lines: list[str] = []
        self._schedule: Callable[[float, Callable[[], None]], Any] | None = None
        self._moment = self._second = -1
        self._now = ""
        self._stamp = ""
        self._pid = os.getpid()
        self._request_mark = f" I [{self._pid}] request - "
        self._dropped = 0
        self.dropped = 0
        """Lines that nobody took in time, in all."""
        self._blocks: queue.Queue[bytes | threading.Event | None] = queue.Queue(_BACKLOG)
        self._writer = threading.Thread(target=self._write_blocks, name="log", daemon=True)
        self._writer.start()

    def attach(self, schedule: Callable[[float, Callable[[], None]], Any]) -> None:
        """From now on lines are gathered."""
        self._schedule = schedule

    def info(self, message: str, **fields: Any) -> None:
        """A line of the front's own."""
        self._own("I", message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        """Something a person should look at."""
        self._own("W", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        """Something that failed."""
        self._own("E", message, fields)

    def output(self, line: str, pid: int) -> None:
        """A line that a script wrote: as it is in plain form, wrapped in JSON form."""
        if self.form == "json":
            line = json.dumps({"time": self._time(), "level": "info", "logger": "script", "pid": pid, "message": line})
        self._add(line)

    def request(
        self, method: str, path: str, status: int, milliseconds: float, size: int, request_id: str, client_id: str
    ) -> None:
        """The line of a request. `path` comes without its query: queries may be inputs."""
        if self.form == "json":
            document = {
                "time": self._time(),
                "level": "info",
                "logger": "request",
                "method": method,
                "route": path,
                "status": status,
                "ms": round(milliseconds, 3),
                "bytes": size,
                "request_id": request_id,
            }
            if client_id:
                document["client_request_id"] = client_id
            self._add(json.dumps(document))
            return
        more = f" {client_id}" if client_id else ""
        what = f"{method} {path} {status} {milliseconds:.3f}ms {size} {request_id}{more}"
        self._add(f"{self._time()}{self._request_mark}{what}")

    def flush(self) -> None:
        """Hands what was gathered to the writer."""
        if not self._lines:
            return
        if self._dropped:
            self._lines.append(
                f"{self._time()} W [{self._pid}] log - {self._dropped} lines dropped: the reader is slow"
            )
        block = ("\n".join(self._lines) + "\n").encode("utf-8", "backslashreplace")
        count = len(self._lines)
        self._lines.clear()
        try:
            self._blocks.put_nowait(block)
            self._dropped = 0
        except queue.Full:
            self._dropped += count
            self.dropped += count

    def written(self) -> threading.Event:
        """Hands over what was gathered; set when all of it is where a reader finds it."""
        self.flush()
        done = threading.Event()
        try:
            self._blocks.put_nowait(done)
        except queue.Full:
            done.set()  # the reader is slow: nothing of it is waited for
        return done

    def close(self) -> None:
        """Writes what is left; waits for the writer two seconds at most."""
        self._schedule = None
        self.flush()
        try:
            self._blocks.put(None, timeout=2)
        except queue.Full:
            return
        self._writer.join(2)

    def _own(self, level: str, message: str, fields: dict[str, Any]) -> None:
        if self.form == "json":
            word = {"I": "info", "W": "warning", "E": "error"}[level]
            head = {"time": self._time(), "level": word, "logger": "front", "message": message}
            self._add(json.dumps(head | fields, default=str))
            return
        more = "".join(f" {key}={value}" for key, value in fields.items())
        self._add(f"{self._time()} {level} [{self._pid}] front - {message}{more}")

    def _add(self, line: str) -> None:
        self._lines.append(line)
        if self._schedule is None:
            self.flush()
        elif len(self._lines) == 1:
            self._schedule(self._gather, self.flush)
        elif len(self._lines) >= 4096:
            self.flush()

    def _time(self) -> str:
        moment = int(time.time() * 1000)
        if moment != self._moment:
            self._moment = moment
            second, milliseconds = divmod(moment, 1000)
            if second != self._second:
                self._second = second
                form = "%Y-%m-%dT%H:%M:%S." if self.form == "json" else "%Y-%m-%d %H:%M:%S,"
                self._stamp = datetime.fromtimestamp(second, UTC).strftime(form)
            self._now = f"{self._stamp}{milliseconds:03d}" + ("Z" if self.form == "json" else "")
        return self._now

    def _write_blocks(self) -> None:
        while (block := self._blocks.get()) is not None:
            if isinstance(block, threading.Event):
                block.set()
                continue
            try:
                view = memoryview(block)
                while view:
                    view = view[os.write(self._target, view) :]
                self._rotate()
            except OSError as error:  # a closed pipe, a full disk: there is nowhere left to say it but here
                print(f"log: {error}", file=sys.stderr)

    def _rotate(self) -> None:
        """Copies and truncates: the launcher holds the descriptor, so the file must stay."""
        if self._file is None or self._file.stat().st_size < ROTATE_BYTES:
            return
        shutil.copyfile(self._file, self._file.with_name(self._file.name + ".1"))
        os.truncate(self._file, 0)


def _append(descriptor: int) -> None:
    """However it was opened (`> FILE`): after the file is cut, the next line is its first and not behind a hole."""
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_APPEND)
