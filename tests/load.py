"""Load on a service, counted to the last request: "no request lost" is measured with this.

16 clients keep their connection, 4 open one for each request; together they send at a given rate. Every reset,
refusal, cut or non-2xx answer counts. From a test:

    with Load("127.0.0.1", port, body=b'{"data": [[1, 2]]}', key="…", rate=400) as load:
        ...                       # update, kill, reload
    assert load.report.lost == 0, load.report

By hand: `python tests/load.py HOST PORT --body '{"a": 1}' --key K --rate 500 --seconds 10`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Load", "Report"]


@dataclass
class Report:
    """What came of it. `failures` maps what happened ("503", "ConnectionResetError" …) to how often."""

    sent: int = 0
    succeeded: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    """Of each success."""

    @property
    def lost(self) -> int:
        """Requests without a 2xx answer."""
        return sum(self.failures.values())

    def quantile(self, q: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else float("nan")

    def __str__(self) -> str:
        what = dict(self.failures)
        return (
            f"{self.sent} sent in {self.seconds:.1f} s, {self.succeeded} succeeded, {self.lost} lost {what},"
            f" p50 {self.quantile(0.5):.1f} ms, p99 {self.quantile(0.99):.1f} ms"
        )


class _Client:
    """One connection, used again or not. Honours `Connection: close`; an end of file between requests is no loss."""

    def __init__(self, host: str, port: int, request: bytes, *, keeps: bool):
        self._host, self._port, self._request, self._keeps = host, port, request, keeps
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self) -> int:
        """The status of one request."""
        if self._reader is None or self._reader.at_eof():
            self.close()
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        assert self._writer is not None
        self._writer.write(self._request)
        try:
            status, closes = await self._answer(self._reader)
        except BaseException:
            self.close()
            raise
        if closes or not self._keeps:
            self.close()
        return status

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bool]:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head.split(None, 2)[1])
        if b"transfer-encoding: chunked" in head:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        else:
            _, found, rest = head.partition(b"content-length:")
            await reader.readexactly(int(rest.split(b"\r\n", 1)[0]) if found else 0)
        return status, b"connection: close" in head

    def close(self) -> None:
        """Ends the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


class Load:
    """Runs in a thread of its own from `__enter__` to `__exit__`; `report` grows meanwhile.

    `rate` is requests a second over all clients; None: as fast as they can. `timeout` is seconds for one request.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        body: bytes = b"{}",
        key: str | None = None,
        path: str = "/score",
        rate: float | None = None,
        keep_alive: int = 16,
        per_request: int = 4,
        timeout: float = 30.0,
        content_type: str = "application/json",
    ):
        authorization = f"Authorization: Bearer {key}\r\n" if key else ""
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{authorization}Content-Type: {content_type}\r\n"
        kept = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        closed = f"{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        self.report = Report()
        self._clients = [_Client(host, port, kept, keeps=True) for _ in range(keep_alive)]
        self._clients += [_Client(host, port, closed, keeps=False) for _ in range(per_request)]
        self._interval = len(self._clients) / rate if rate else 0.0
        self._timeout = timeout
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="load")
        self._started = 0.0

    def __enter__(self) -> Load:
        self._started = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.report.seconds = time.monotonic() - self._started

    def wait_for(self, count: int, seconds: float = 120.0) -> None:
        """Until so many more have succeeded; raises TimeoutError."""
        wanted, end = self.report.succeeded + count, time.monotonic() + seconds
        while self.report.succeeded < wanted:
            if time.monotonic() > end:
                raise TimeoutError(f"no {count} successes within {seconds} s: {self.report}")
            time.sleep(0.01)

    async def _run(self) -> None:
        await asyncio.gather(*(self._drive(client, at) for at, client in enumerate(self._clients)))

    async def _drive(self, client: _Client, place: int) -> None:
        due = time.monotonic() + self._interval * place / len(self._clients)
        while not self._stop.is_set():
            if self._interval:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                due = max(due + self._interval, time.monotonic() - 1.0)
            if not self._stop.is_set():
                await self._ask(client)
        client.close()

    async def _ask(self, client: _Client) -> None:
        self.report.sent += 1
        begun = time.monotonic()
        try:
            status = await asyncio.wait_for(client.ask(), self._timeout)
        except (OSError, EOFError, TimeoutError) as error:
            self.report.failures[type(error).__name__] += 1
            return
        if 200 <= status < 300:
            self.report.succeeded += 1
            self.report.milliseconds.append((time.monotonic() - begun) * 1000)
        else:
            self.report.failures[str(status)] += 1


def main(arguments: Sequence[str]) -> int:
    """Prints the report; 1 when something was lost."""
    parser = argparse.ArgumentParser(description="Load on a service, counted to the last request.")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--body", default="{}")
    parser.add_argument("--key")
    parser.add_argument("--path", default="/score")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args(arguments)
    load = Load(given.host, given.port, body=given.body.encode(), key=given.key, path=given.path, rate=given.rate)
    with load, contextlib.suppress(KeyboardInterrupt):
        time.sleep(given.seconds)
    print(load.report)
    return 1 if load.report.lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
