"""A listening socket and its connections: accepting, deadlines, and an end at which nobody is cut off."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable

from jupyter_mlops.scoring.front.connection import Application, Connection
from jupyter_mlops.scoring.front.head import HeadMemo
from jupyter_mlops.scoring.front.http_limits import HttpLimits

__all__ = ["Listener", "bind_port", "bind_unix"]

_BACKLOG = 2048
_HANDSHAKE_SECONDS = 10.0


def bind_port(host: str, port: int) -> socket.socket:
    """A bound TCP socket; raises OSError. Port 0 takes a free one."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except BaseException:
        bound.close()
        raise
    return bound


def bind_unix(path: str) -> socket.socket:
    """A bound Unix socket that its owner alone may use."""
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(path)
    except BaseException:
        bound.close()
        raise
    return bound


class Listener:
    """Connections of one socket, all with one application."""

    def __init__(self, application: Application, limits: HttpLimits):
        self.application = application
        self.limits = limits
        self.memo = HeadMemo()
        self.draining = False
        self.clock: Callable[[], float] = time.monotonic
        self.connections: set[Connection] = set()
        self._ending: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._spare: socket.socket | None = None
        self._tls: ssl.SSLContext | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._gone = asyncio.Event()
        self._gone.set()

    # --- what connections call

    def opened(self, connection: Connection) -> bool:
        """Takes note of it; False when there are too many."""
        self.connections.add(connection)
        self._gone.clear()
        return len(self.connections) <= self.limits.connections

    def closed(self, connection: Connection) -> None:
        """Forgets it."""
        self.connections.discard(connection)
        if not self.connections:
            self._gone.set()

    # --- from start to end

    async def start(self, bound: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        """Accepts connections from now on."""
        loop = asyncio.get_running_loop()
        bound.setblocking(False)
        bound.listen(_BACKLOG)
        self._spare = bound.dup()  # outlives the server, so that its queue of connections can be emptied at the end
        self._tls = tls
        if bound.family == socket.AF_UNIX:
            self._server = await loop.create_unix_server(self._connection, sock=bound, backlog=_BACKLOG)
        else:
            self._server = await self._accepting(bound)
        self._sweep()

    async def renew(self, tls: ssl.SSLContext, *, others: bool) -> None:
        """Handshakes are with this context from now on.

        `others`: whoever is connected already has to shake hands again, after the answer that is on its way.
        """
        self._tls = tls
        if self._spare is None:
            return
        accepting = await self._accepting(self._spare.dup())
        if self.draining:
            accepting.close()
            return
        before, self._server = self._server, accepting
        if before is not None:
            before.close()
        if others:
            self._ending = set(self.connections)
            self._end_old()

    def _end_old(self) -> None:
        """At each look again: one whose request was still coming in takes no notice."""
        self._ending &= self.connections
        for connection in list(self._ending):
            connection.end()

    async def _accepting(self, bound: socket.socket) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(
            self._connection,
            sock=bound,
            backlog=_BACKLOG,
            ssl=self._tls,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS if self._tls is not None else None,
        )

    async def drain(self, idle_seconds: float, seconds: float) -> None:
        """Accepts no more; answers what came, and the next request of each idle connection with `Connection: close`.

        Connections that stay idle are closed after `idle_seconds`, everything after `seconds`.
        """
        self.draining = True
        await self._stop_accepting()
        end = self.clock() + seconds
        await self._wait_gone(min(idle_seconds, seconds))
        for connection in list(self.connections):
            connection.close_if_idle()
        await self._wait_gone(end - self.clock())
        for connection in list(self.connections):
            connection.abort()
        await self._wait_gone(1.0)
        if self._sweeper is not None:
            self._sweeper.cancel()

    def _connection(self) -> Connection:
        return Connection(self)

    async def _stop_accepting(self) -> None:
        """Closes the socket, after taking over the connections that wait in its queue: closing would reset them."""
        if self._server is not None:
            self._server.close()
        spare, self._spare = self._spare, None
        if spare is None:
            return
        loop = asyncio.get_running_loop()
        timeout = _HANDSHAKE_SECONDS if self._tls is not None else None
        while True:
            try:
                accepted, _ = spare.accept()
            except BlockingIOError:
                break
            except OSError:
                continue
            accepted.setblocking(False)
            await loop.connect_accepted_socket(self._connection, accepted, ssl=self._tls, ssl_handshake_timeout=timeout)
        spare.close()

    async def _wait_gone(self, seconds: float) -> None:
        if seconds > 0 and self.connections:
            try:
                await asyncio.wait_for(self._gone.wait(), seconds)
            except TimeoutError:
                return

    def _sweep(self) -> None:
        now = self.clock()
        for connection in list(self.connections):
            connection.check(now)
        self._end_old()
        self._sweeper = asyncio.get_running_loop().call_later(self.limits.sweep_seconds, self._sweep)
