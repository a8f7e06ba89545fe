"""A load client: `connections` keep-alive connections, each sends the next request when its answer is whole.

`python bench/client.py HOST PORT CONNECTIONS SECONDS < REQUEST` prints JSON: requests, failures, seconds, p50_ms,
p99_ms. A server that answers `Connection: close` gets a new connection each time, as it wants it.
A request is sent as the bytes it is; an answer counts when its status is 200. The first half second is warm-up.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import cast

_WARM_UP = 0.5


class Tally:
    """What was counted, from `begin` on."""

    def __init__(self) -> None:
        self.counts = False
        self.milliseconds: list[float] = []
        self.failures = 0
        self.first_body = b""
        self.ended = False


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, tally: Tally, reopen: Callable[[], None]):
        self._request = request
        self._reopen = reopen
        self._closes = False
        self._tally = tally
        self._buffer = b""
        self._wanted = 0
        self._sent = 0.0
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        if not self._wanted:
            self._wanted = self._size(data)
        if not self._wanted or len(data) < self._wanted:
            self._buffer = data
            return
        tally = self._tally
        if tally.counts:
            if data[9:12] == b"200":
                tally.milliseconds.append((time.perf_counter() - self._sent) * 1000)
            else:
                tally.failures += 1
        tally.first_body = tally.first_body or data
        self._buffer, self._wanted = b"", 0
        if self._closes:
            self._transport.abort()
        else:
            self._send()

    def connection_lost(self, _: Exception | None) -> None:
        if self._tally.counts and not self._closes:
            self._tally.failures += 1
        if not self._tally.ended:
            self._reopen()

    def _size(self, data: bytes) -> int:
        """Bytes of the whole answer, 0 while its head is not whole."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        head = data[:end].lower()
        at = head.find(b"content-length:")
        if at < 0:
            raise SystemExit(f"an answer without a length: {head!r}")
        self._closes = b"connection: close" in head
        return end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)


async def _run(host: str, port: int, connections: int, seconds: float, request: bytes) -> None:
    loop = asyncio.get_running_loop()
    tally = Tally()
    opening: set[asyncio.Task[None]] = set()

    async def connect() -> None:
        await loop.create_connection(lambda: Client(request, tally, reopen), host, port)

    def reopen() -> None:
        task = loop.create_task(connect())
        opening.add(task)
        task.add_done_callback(opening.discard)

    for _ in range(connections):
        await connect()
    await asyncio.sleep(_WARM_UP)
    tally.counts = True
    begun = time.perf_counter()
    await asyncio.sleep(seconds)
    tally.counts = False
    took = time.perf_counter() - begun
    tally.ended = True
    ordered = sorted(tally.milliseconds)
    count = len(ordered)
    print(
        json.dumps(
            {
                "requests": count,
                "failures": tally.failures,
                "seconds": took,
                "p50_ms": ordered[count // 2] if count else None,
                "p99_ms": ordered[int(count * 0.99)] if count else None,
                "body": tally.first_body.rpartition(b"\r\n\r\n")[2].decode("utf-8", "replace")[:200],
            }
        )
    )


def main() -> None:
    host, port, connections, seconds = sys.argv[1:5]
    work = _run(host, int(port), int(connections), float(seconds), sys.stdin.buffer.read())
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


if __name__ == "__main__":
    main()
