"""The edge cases of HTTP/1.1, each on raw bytes, against a tiny application."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from jupyter_mlops.scoring.front.connection import Connection
from jupyter_mlops.scoring.front.head import Head, HttpError
from jupyter_mlops.scoring.front.http_limits import HttpLimits
from jupyter_mlops.scoring.front.listener import Listener, bind_port

OK = b"HTTP/1.1 200 OK\r\n"
HOST = b"Host: here\r\n"


class Echo:
    """Answers with method, path and body; `/refuse` is refused from the head, `/later` when told, `/big` is big."""

    def __init__(self) -> None:
        self.later: list[Connection] = []
        self.lost = 0
        self.seen: list[tuple[str, str, bytes]] = []

    def begin(self, connection: Connection, head: Head) -> bool:
        head.memorable = head.path != "/refuse"
        if head.path == "/refuse":
            self.answer(connection, b"refused", b"HTTP/1.1 401 Unauthorized\r\n")
            return False
        return True

    def handle(self, connection: Connection, head: Head, body: bytes) -> None:
        self.seen.append((head.method, head.path, body))
        if head.path == "/later":
            self.later.append(connection)
            connection.on_lost = self._count_lost
            return
        if head.path == "/big":
            self.answer(connection, bytes(20_000_000))
            return
        content = f"{head.method} {head.path} ".encode() + body
        self.answer(connection, content, bodiless=head.method == "HEAD")

    def answer(self, connection: Connection, content: bytes, status: bytes = OK, *, bodiless: bool = False) -> None:
        head = status + connection.persistence.encode() + b"Content-Length: %d\r\n\r\n" % len(content)
        connection.answer(head, b"" if bodiless else content)

    def malformed(self, connection: Connection, error: HttpError) -> None:
        self.answer(connection, error.message.encode(), b"HTTP/1.1 %d Refused\r\n" % error.status)

    def body_limit(self) -> int:
        return 1000

    def _count_lost(self) -> None:
        self.lost += 1


class Server:
    """A listener on a free port."""

    def __init__(self, limits: HttpLimits):
        self.app = Echo()
        self.listener = Listener(self.app, limits)
        self.port = 0

    async def start(self) -> None:
        bound = bind_port("127.0.0.1", 0)
        self.port = bound.getsockname()[1]
        await self.listener.start(bound)

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def send(self, *pieces: bytes, shut: bool = False) -> bytes:
        """All that comes back until the server closes."""
        reader, writer = await self.open()
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        if shut:
            writer.write_eof()
        got = await asyncio.wait_for(reader.read(), 60)
        writer.close()
        return got


Serve = Callable[..., Awaitable[Server]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """`await serve(limit=…)` → a server with those limits."""
    servers: list[Server] = []

    async def begin(**limits: float) -> Server:
        server = Server(replace(HttpLimits(), **{"linger_seconds": 60.0, **limits}))
        await server.start()
        servers.append(server)
        return server

    yield begin
    for server in servers:
        await server.listener.drain(0, 0.1)


def request(method: str = "GET", path: str = "/a", fields: bytes = b"", body: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    return f"{method} {path} HTTP/1.1\r\n".encode() + HOST + fields + length + b"\r\n" + body


LAST = b"Connection: close\r\n"


# --- requests that are in order


async def test_two_requests_on_one_connection(serve: Serve) -> None:
    server = await serve()
    got = await server.send(request(), request("POST", "/b", LAST, b"xyz"))
    assert got.count(OK) == 2
    assert got.endswith(b"POST /b xyz")
    assert got.count(b"Connection: close") == 1


async def test_pipelined_requests_are_answered_in_order(serve: Serve) -> None:
    server = await serve()
    many = b"".join(request("POST", f"/{n}", b"", b"b%d" % n) for n in range(50)) + request("GET", "/end", LAST)
    got = await server.send(many)
    assert [f"POST /{n} b{n}".encode() in got for n in range(50)] == [True] * 50
    assert got.index(b"POST /3 b3") < got.index(b"POST /4 b4") < got.index(b"GET /end")


async def test_a_request_waits_for_the_answer_of_the_one_before(serve: Serve) -> None:
    server = await serve()
    reader, writer = await server.open()
    writer.write(request("GET", "/later") + request("GET", "/next", LAST))
    while not server.app.later:
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    assert [path for _, path, _ in server.app.seen] == ["/later"]
    server.app.answer(server.app.later[0], b"at last")
    got = await reader.read()
    assert got.index(b"at last") < got.index(b"GET /next")
    writer.close()


@pytest.mark.parametrize("size", [1, 2, 7, 40])
async def test_a_request_in_small_pieces(serve: Serve, size: int) -> None:
    server = await serve()
    whole = request("POST", "/p", LAST, b"0123456789" * 3)
    got = await server.send(*(whole[at : at + size] for at in range(0, len(whole), size)))
    assert got.endswith(b"POST /p 012345678901234567890123456789")


async def test_the_memo_answers_the_same(serve: Serve) -> None:
    server = await serve()
    reader, writer = await server.open()
    for _ in range(3):
        writer.write(request("POST", "/same", b"", b"body"))
        answer = await reader.readuntil(b"POST /same body")
        assert answer.startswith(OK)
    assert server.listener.memo.get(request("POST", "/same", b"", b"body")[:-4]) is not None
    writer.close()


async def test_head_has_no_body(serve: Serve) -> None:
    server = await serve()
    got = await server.send(request("HEAD", "/a", LAST))
    assert got.endswith(b"Content-Length: 8\r\n\r\n")


async def test_http_1_0_is_closed_unless_asked(serve: Serve) -> None:
    server = await serve()
    assert b"Connection: close" in await server.send(b"GET / HTTP/1.0\r\n\r\n")
    kept = await server.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", b"GET /2 HTTP/1.0\r\n\r\n")
    assert kept.count(b"200 OK") == 2
    assert b"Connection: keep-alive" in kept


async def test_an_empty_line_before_a_request_is_forgiven(serve: Serve) -> None:
    server = await serve()
    assert (await server.send(b"\r\n\r\n" + request("GET", "/a", LAST))).startswith(OK)


async def test_absolute_form_and_escapes(serve: Serve) -> None:
    server = await serve()
    assert b"GET /score " in await server.send(b"GET http://here/score?x=1 HTTP/1.1\r\nHost: here\r\n" + LAST + b"\r\n")
    assert b"GET /score " in await server.send(request("GET", "/%73core", LAST))


async def test_an_offered_upgrade_is_not_taken(serve: Serve) -> None:
    server = await serve()
    got = await server.send(request("GET", "/a", b"Connection: Upgrade, close\r\nUpgrade: websocket\r\n"))
    assert got.startswith(OK)


# --- bodies


async def test_chunked_body(serve: Serve) -> None:
    server = await serve()
    head = b"POST /c HTTP/1.1\r\n" + HOST + LAST + b"Transfer-Encoding: chunked\r\n\r\n"
    got = await server.send(head + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n")
    assert got.endswith(b"POST /c abcde")


async def test_chunked_body_byte_by_byte_then_another_request(serve: Serve) -> None:
    server = await serve()
    head = b"POST /c HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    body = b"A\r\n0123456789\r\n0\r\n\r\n"
    got = await server.send(head, *(body[at : at + 1] for at in range(len(body))), request("GET", "/next", LAST))
    assert b"POST /c 0123456789" in got
    assert got.endswith(b"GET /next ")


@pytest.mark.parametrize(
    "body",
    [
        b"z\r\n",
        b"\r\n",
        b"-1\r\n",
        b"0x3\r\nabc\r\n",
        b"3\nabc\n0\n\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"3\rabc\r\n",
        b"5" * 2000,
    ],
    ids=["letter", "empty", "sign", "0x", "bare LF", "too long", "bare CR", "endless size"],
)
async def test_malformed_chunks_are_refused(serve: Serve, body: bytes) -> None:
    server = await serve()
    got = await server.send(b"POST /c HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    assert got.startswith(b"HTTP/1.1 400"), got
    assert b"Connection: close" in got
    assert server.app.seen == []


async def test_a_chunked_body_over_the_limit_is_413(serve: Serve) -> None:
    server = await serve()
    head = b"POST /c HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    got = await server.send(head + b"200\r\n" + b"x" * 512 + b"\r\n200\r\n")
    assert got.startswith(b"HTTP/1.1 413")


async def test_a_length_over_the_limit_is_413_before_the_body(serve: Serve) -> None:
    server = await serve()
    got = await server.send(b"POST /a HTTP/1.1\r\n" + HOST + b"Content-Length: 1001\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 413")
    assert b"Connection: close" in got


async def test_expect_100_continue(serve: Serve) -> None:
    server = await serve()
    reader, writer = await server.open()
    writer.write(b"POST /e HTTP/1.1\r\n" + HOST + LAST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    assert await reader.readexactly(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"abc")
    assert (await reader.read()).endswith(b"POST /e abc")
    writer.close()


async def test_expect_is_answered_finally_when_the_body_is_not_wanted(serve: Serve) -> None:
    server = await serve()
    expecting = b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    refused = await server.send(b"POST /refuse HTTP/1.1\r\n" + HOST + expecting)
    assert refused.startswith(b"HTTP/1.1 401")
    assert b"100 Continue" not in refused
    other = await server.send(b"POST /e HTTP/1.1\r\n" + HOST + b"Expect: the-unexpected\r\n\r\n")
    assert other.startswith(b"HTTP/1.1 417")


async def test_a_refusal_before_the_body_reaches_a_client_that_goes_on_sending(serve: Serve) -> None:
    server = await serve()
    head = b"POST /refuse HTTP/1.1\r\n" + HOST + b"Content-Length: 900000\r\n\r\n"
    got = await server.send(head + b"x" * 100_000, *[b"x" * 100_000] * 8)
    assert got.startswith(b"HTTP/1.1 401")
    assert b"Connection: close" in got


async def test_a_refusal_with_the_whole_body_there_keeps_the_connection(serve: Serve) -> None:
    server = await serve()
    got = await server.send(request("POST", "/refuse", b"", b"abc") + request("GET", "/a", LAST))
    assert got.startswith(b"HTTP/1.1 401")
    assert got.endswith(b"GET /a ")


# --- what could be read in two ways


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        b"Content-Length: 3\r\nContent-Length: 3\r\n",
        b"Content-Length: 3\r\nContent-Length: 4\r\n",
        b"Content-Length: 3, 3\r\n",
        b"Content-Length: +3\r\n",
        b"Content-Length: 0x3\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: chunked, chunked\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"X: a\r\n folded\r\n",
        b"X: a\r\n\tfolded\r\n",
        b"X: a\nY: b\r\n",
        b"X: a\rY: b\r\n",
        b"X: a\0b\r\n",
        b"X Y: a\r\n",
        b": a\r\n",
        b"Host: there\r\n",
    ],
)
async def test_ambiguous_framing_is_refused(serve: Serve, fields: bytes) -> None:
    server = await serve()
    got = await server.send(b"POST /s HTTP/1.1\r\n" + HOST + fields + b"\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 400"), got
    assert got.count(b"HTTP/1.1 4") == 1
    assert b"Connection: close" in got
    assert server.app.seen == []


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\nHost: a\n\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"get / HTTP/1.1\r\n", 400),
        (b"GET /" + b"x" * 5000, 414),
        (b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: " + b"y" * 70000, 431),
    ],
)
async def test_what_is_no_request_is_refused_at_once(serve: Serve, data: bytes, status: int) -> None:
    server = await serve()
    got = await server.send(data)
    assert got.startswith(b"HTTP/1.1 %d" % status), got
    assert b"Connection: close" in got
    assert server.app.seen == []


# --- slow, absent and greedy clients


async def test_a_head_that_does_not_come_is_408(serve: Serve) -> None:
    server = await serve(head_seconds=0.2)
    assert (await server.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")).startswith(b"HTTP/1.1 408")


async def test_a_head_that_comes_in_drops_is_408_in_time(serve: Serve) -> None:
    server = await serve(head_seconds=0.3)
    reader, writer = await server.open()

    async def drip() -> None:
        while not reader.at_eof():
            writer.write(b"GET / HTTP/1.1\r\n"[:1] if not server.listener.connections else b"X")
            await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    got = await asyncio.wait_for(reader.read(), 60)
    dripping.cancel()
    assert b" 4" in got[:20]  # 408, or 400 for what the drops spell
    writer.close()


async def test_a_body_that_stalls_is_408(serve: Serve) -> None:
    server = await serve(body_stall_seconds=0.2)
    assert (await server.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")).startswith(
        b"HTTP/1.1 408"
    )


async def test_a_body_that_is_too_slow_on_average_is_408(serve: Serve) -> None:
    server = await serve(body_grace_seconds=0.1, body_bytes_per_second=1000)
    drops = [b"x"] * 60
    got = await server.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n", *drops)
    assert got.startswith(b"HTTP/1.1 408")


async def test_an_idle_connection_is_closed_without_a_word(serve: Serve) -> None:
    server = await serve(idle_seconds=0.2)
    assert await server.send() == b""
    assert (await server.send(request())).endswith(b"GET /a ")


async def test_a_client_that_does_not_read_is_cut_off(serve: Serve) -> None:
    server = await serve(write_stall_seconds=0.3)
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(request("GET", "/big"))
    while not server.listener.connections:
        await asyncio.sleep(0.01)
    async with asyncio.timeout(60):
        while server.listener.connections:
            await asyncio.sleep(0.02)
    connection.close()


async def test_a_slow_reader_gets_all_of_it(serve: Serve) -> None:
    server = await serve()
    reader, writer = await server.open()
    writer.write(request("GET", "/big", LAST))
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(OK)
    count = 0
    while data := await reader.read(1 << 20):
        count += len(data)
        await asyncio.sleep(0.001)
    assert count == 20_000_000
    writer.close()


async def test_requests_that_pile_up_do_not_fill_the_memory(serve: Serve) -> None:
    server = await serve(read_ahead_bytes=4096)
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.setblocking(False)
    connection.send(request("GET", "/later"))
    while not server.app.later:
        await asyncio.sleep(0.005)
    sent = 0
    for _ in range(200):
        try:
            sent += connection.send(request("GET", "/x") * 1000)
        except BlockingIOError:
            await asyncio.sleep(0.005)
    assert len(server.app.later[0]._buffer) < 600_000
    connection.close()
    while server.listener.connections:
        await asyncio.sleep(0.01)
        for waiting in server.app.later:
            server.app.answer(waiting, b"x")
        server.app.later.clear()


async def test_too_many_connections_are_turned_away(serve: Serve) -> None:
    server = await serve(connections=1)
    reader, writer = await server.open()
    writer.write(request())
    await reader.readuntil(b"GET /a ")
    assert (await server.send()).startswith(b"HTTP/1.1 503")
    writer.close()


# --- half-closed, gone


async def test_a_client_that_has_shut_its_side_is_answered(serve: Serve) -> None:
    server = await serve()
    assert (await server.send(request("POST", "/h", b"", b"abc"), shut=True)).endswith(b"POST /h abc")


async def test_all_pipelined_requests_before_the_end_are_answered(serve: Serve) -> None:
    server = await serve()
    assert (await server.send(request("GET", "/1") + request("GET", "/2"), shut=True)).count(OK) == 2


async def test_an_answer_that_comes_later_reaches_a_half_closed_client(serve: Serve) -> None:
    server = await serve()
    reader, writer = await server.open()
    writer.write(request("GET", "/later"))
    writer.write_eof()
    while not server.app.later:
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.02)
    server.app.answer(server.app.later[0], b"late")
    assert (await reader.read()).endswith(b"late")
    writer.close()


async def test_an_end_inside_a_request_is_400(serve: Serve) -> None:
    server = await serve()
    assert (await server.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", shut=True)).startswith(
        b"HTTP/1.1 400"
    )
    assert (await server.send(b"GET / HT", shut=True)).startswith(b"HTTP/1.1 400")


async def test_the_application_hears_of_a_client_that_resets(serve: Serve) -> None:
    server = await serve()
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(request("GET", "/later"))
    while not server.app.later:
        await asyncio.sleep(0.005)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    async with asyncio.timeout(60):
        while not server.app.lost:
            await asyncio.sleep(0.005)
    assert server.app.lost == 1
    server.app.answer(server.app.later[0], b"nobody")  # harmless


# --- draining


async def test_draining_answers_the_next_request_of_an_idle_connection_and_closes_it(serve: Serve) -> None:
    server = await serve()
    reader, writer = await server.open()
    writer.write(request())
    await reader.readuntil(b"GET /a ")
    draining = asyncio.create_task(server.listener.drain(60.0, 60.0))
    await asyncio.sleep(0.05)
    with pytest.raises(ConnectionRefusedError):
        await server.open()
    writer.write(request("GET", "/last"))
    got = await reader.read()
    assert b"Connection: close" in got
    assert got.endswith(b"GET /last ")
    writer.close()
    await asyncio.wait_for(draining, 30)  # it does not wait for nothing


async def test_draining_takes_the_connections_that_wait_to_be_accepted(serve: Serve) -> None:
    server = await serve()
    waiting = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]  # the loop has not run since
    draining = asyncio.create_task(server.listener.drain(60.0, 60.0))
    for one in waiting:
        one.setblocking(False)
        await asyncio.get_running_loop().sock_sendall(one, request())
    for one in waiting:
        got = b""
        while data := await asyncio.get_running_loop().sock_recv(one, 65536):
            got += data
        assert got.endswith(b"GET /a ")
        one.close()
    await draining


async def test_draining_ends_connections_that_stay_idle(serve: Serve) -> None:
    server = await serve()
    reader, writer = await server.open()
    writer.write(request())
    await reader.readuntil(b"GET /a ")
    await server.listener.drain(0.1, 5.0)
    assert await reader.read() == b""
    writer.close()
