"""Bytes that are hardly HTTP: an answer below 500 or a close, in time; whoever comes next is served as before.

h11 reads the same bytes: what it takes for a request with some body must be that, or be refused, here too. Two readers
that disagree about where a request ends are how requests are smuggled.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import time
from contextlib import ExitStack, suppress

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from jupyter_mlops.scoring.front.http_limits import HttpLimits
from tests.scoring.fuzz.conftest import Services
from tests.scoring.fuzz.effort import effort
from tests.scoring.fuzz.services import Service
from tests.scoring.fuzz.wire import connected, everything, exchange, replies, requests_of

pytestmark = pytest.mark.slow

REFUSED = {400, 404, 405, 408, 411, 413, 414, 415, 417, 431, 501, 505}
"""501 and 505 are how HTTP refuses a method and a version that nobody knows; there is no other 5xx among these."""

_HEAD_S, _BODY_S = HttpLimits().head_seconds, HttpLimits().body_stall_seconds

BODIES = st.sampled_from(
    [b"", b"a", b"0", b"\r\n", b"hello there", b"0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"x" * 5000]
) | st.text(max_size=9).map(str.encode)


@st.composite
def chunked(draw: st.DrawFn, body: bytes) -> bytes:
    pieces, at = [], 0
    while at < len(body):
        size = draw(st.integers(1, max(1, len(body) - at)))
        extension = draw(st.sampled_from([b"", b"", b";a=b", b" "]))
        pieces.append(b"%x%b\r\n%b\r\n" % (size, extension, body[at : at + size]))
        at += size
    trailer = draw(st.sampled_from([b"", b"", b"X-Sum: 1\r\n"]))
    return b"".join(pieces) + b"0\r\n" + trailer + b"\r\n"


@st.composite
def good_requests(draw: st.DrawFn) -> bytes:
    """One request that is in order."""
    method, target = draw(
        st.sampled_from(
            [("POST", "/score")] * 4 + [("GET", "/"), ("GET", "/score?a=1"), ("HEAD", "/"), ("PUT", "/score")]
        )
    )
    fields = [b"Host: here"]
    fields += draw(st.lists(st.sampled_from([b"Accept: */*", b"X-A: b", b"x-empty:", b"Cookie: a=b; c"]), max_size=2))
    body = b""
    if method in ("POST", "PUT"):
        body = draw(BODIES)
        if draw(st.booleans()):
            fields.append(b"Content-Length: %d" % len(body))
        else:
            fields.append(b"Transfer-Encoding: chunked")
            body = draw(chunked(body))
        if draw(st.integers(0, 9)) == 0:
            fields.append(b"Expect: 100-continue")
    if draw(st.integers(0, 5)) == 0:
        fields.append(draw(st.sampled_from([b"Connection: close", b"Connection: keep-alive"])))
    return f"{method} {target} HTTP/1.1\r\n".encode() + b"\r\n".join(fields) + b"\r\n\r\n" + body


PIPELINES = st.lists(good_requests(), min_size=1, max_size=3).map(b"".join)

MARKS = rb"""\r|\n|\r\n|\r\n\r\n|\n\n|\x00| |\t|:|,|0|-1|+|f|;|\xff|A: \x7f\r\n|HTTP/1.0|HTTP/2.0|HTTP/0.9|GET|get
PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n|\x16\x03\x01|Content-Length: 3\r\n|Content-Length: 03\r\n|Content-Length: +3\r\n
Content-Length: 3, 3\r\n|Content-Length: 18446744073709551617\r\n|content-length : 3\r\n|Content-Length:\r\n
Content-Length: 0x3\r\n|Content-Length: \xb2\r\n|Content-Length: 3\r\n 4\r\n|Transfer-Encoding: chunked\r\n
Transfer-Encoding: gzip, chunked\r\n|Transfer-Encoding: identity\r\n|Transfer-Encoding:\x0bchunked\r\n
Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n|Host: other\r\n|Expect: 200-ok\r\n| folded\r\n|\tfolded\r\n
Upgrade: h2c\r\nConnection: Upgrade\r\n|Connection: close, x\r\n|Connection: Host\r\n
ffffffffffffffff\r\n|-1\r\n|0x1\r\n|1 1\r\n|00000000000000000001\r\n"""
HUGE = [b"A" * 9000, b"X: " + b"y" * 9000 + b"\r\n", b"X: y\r\n" * 120]
BITS = st.sampled_from([each.decode("unicode_escape").encode("latin-1") for each in re.split(rb"[|\n]", MARKS)] + HUGE)
"""What readers of HTTP have disagreed about."""


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A pipeline that somebody has been at; mostly where lines begin and end."""
    stream = bytearray(draw(PIPELINES))
    for _ in range(draw(st.integers(1, 3))):
        lines = [at + 2 for at in range(len(stream)) if stream[at : at + 2] == b"\r\n"] or [0]
        at = draw(st.sampled_from(lines) | st.integers(0, len(stream)))
        length = draw(st.sampled_from([0, 0, 1, 2, 20]))
        kind = draw(st.sampled_from(["put", "put", "put", "cut", "double", "noise"]))
        if kind == "put":
            stream[at : at + length] = draw(BITS)
        elif kind == "cut":
            del stream[at:]
        elif kind == "double":
            stream[at:at] = stream[at : at + 20]
        else:
            stream[at : at + length] = draw(st.binary(max_size=4))
    return bytes(stream)


@st.composite
def in_pieces(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    return [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


def check_agrees(service: Service, stream: bytes, pieces: list[bytes]) -> None:
    """The answers are to the requests that h11 reads, as far as they go; then comes one refusal at most."""
    asked, trouble = requests_of(stream)
    got = exchange(service.port, pieces)
    note(f"{pieces!r}\n→ {got!r}\nh11: {asked!r} {trouble}")
    for number, reply in enumerate(replies(got, [each.method for each in asked])):
        last = reply.headers.get("connection") == "close"
        if reply.status == 200:
            assert number < len(asked), f"nobody asked this: {reply}"
            if asked[number].method == "POST":
                assert json.loads(reply.body) == asked[number].body.decode()
        else:
            assert reply.status in REFUSED, reply
            assert last or reply.status in (400, 404, 405), reply


def check_still_serves(service: Service) -> None:
    answer = service.post(b"as before")
    assert (answer.status, answer.json) == (200, "as before")


def test_pipelines_in_order_are_answered_in_order(services: Services) -> None:
    service = services["echo"]

    @effort(250)
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        stream = data.draw(PIPELINES)
        asked, trouble = requests_of(stream)
        assert not trouble
        got = exchange(service.port, data.draw(in_pieces(stream)))
        note(f"{got!r}\nh11: {asked!r}")
        answers = replies(got, [each.method for each in asked])
        early = answers[-1].status == 405 and answers[-1].headers.get("connection") == "close"
        assert early or len(answers) == len(asked)
        for answer, request in zip(answers, asked, strict=not early):
            assert answer.status == (405 if request.method == "PUT" else 200)
            if request.method == "POST":
                assert json.loads(answer.body) == request.body.decode()

    ask()
    check_still_serves(service)


def test_a_damaged_pipeline_is_read_as_others_read_it_or_refused(services: Services) -> None:
    service = services["echo"]

    @effort(900)
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        stream = data.draw(damaged())
        check_agrees(service, stream, data.draw(in_pieces(stream)))

    ask()
    check_still_serves(service)


def test_noise_is_refused(services: Services) -> None:
    service = services["echo"]

    @effort(150)
    @given(noise=st.binary(min_size=1, max_size=300))
    def ask(noise: bytes) -> None:
        for reply in replies(exchange(service.port, [noise])):
            assert reply.status in REFUSED

    ask()
    check_still_serves(service)


def test_clients_that_vanish(services: Services) -> None:
    """Cut off with a reset at any byte, before the answer is read, leaving nothing behind but a free connection."""
    service = services["echo"]

    @effort(250)
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        stream = data.draw(PIPELINES | damaged())
        with connected(service.port) as connection:
            connection.sendall(stream[: data.draw(st.integers(0, len(stream)))])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    ask()
    check_still_serves(service)


def test_slow_clients_are_let_go_of_and_keep_nobody_from_being_served(services: Services) -> None:
    """Forty that stop anywhere in a request and neither go on nor hang up; others meanwhile are served at once."""
    service = services["echo"]
    whole = b"POST /score HTTP/1.1\r\nHost: here\r\nContent-Length: 20\r\n\r\n" + b"x" * 20
    with ExitStack() as stack:
        stalled = {}
        for number in range(40):
            connection = stack.enter_context(connected(service.port))
            connection.settimeout(_HEAD_S + _BODY_S)
            end = 1 + number * (len(whole) - 1) // 40
            connection.sendall(whole[:end])
            stalled[end] = connection
        started = time.monotonic()
        for _ in range(50):
            check_still_serves(service)
        assert time.monotonic() - started < _HEAD_S / 2
        for end, connection in stalled.items():
            assert [reply.status for reply in replies(everything(connection))] == [408], whole[:end]
        assert time.monotonic() - started < _HEAD_S + _BODY_S
    check_still_serves(service)


def test_drops_of_bytes_do_not_buy_time(services: Services) -> None:
    """Slowloris: a byte now and then keeps a head from its end, but not from its deadline."""
    service = services["echo"]
    with connected(service.port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        started = time.monotonic()
        connection.settimeout(0.25)
        got = b""
        while time.monotonic() - started < 2 * _HEAD_S and not got:
            connection.sendall(b"x")
            with suppress(TimeoutError):
                got = everything(connection)
        assert [reply.status for reply in replies(got)] == [408]
        assert time.monotonic() - started < 1.5 * _HEAD_S
