"""What the fuzzing found, each by its smallest example."""

from __future__ import annotations

import pytest

from tests.scoring.fuzz.conftest import Services
from tests.scoring.fuzz.wire import exchange, replies

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("noise", [b"\r", b"\n", b"\n\r\n", b"\r\r\n"])
@pytest.mark.parametrize("split", [False, True])
def test_half_an_empty_line_before_a_request_is_refused_however_it_comes(
    noise: bytes, split: bool, services: Services
) -> None:
    request = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
    pieces = [noise, request] if split else [noise + request]
    assert [reply.status for reply in replies(exchange(services["echo"].port, pieces))] == [400]


@pytest.mark.parametrize(
    "trailer", [b"X-Sum\r\n", b" folded: 1\r\n", b"X Sum: 1\r\n", b": 1\r\n", b"X: \x00\r\n", b"\xff: 1\r\n"]
)
def test_a_trailer_that_is_no_field_is_refused(trailer: bytes, services: Services) -> None:
    request = b"POST /score HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + trailer + b"\r\n"
    assert [reply.status for reply in replies(exchange(services["echo"].port, [request]))] == [400]


@pytest.mark.parametrize("line", [b"GET  / HTTP/1.1", b"GET /  HTTP/1.1", b"GET / HTTP/1.1 ", b"GET\t/ HTTP/1.1"])
def test_a_request_line_has_two_spaces(line: bytes, services: Services) -> None:
    got = exchange(services["echo"].port, [line + b"\r\nHost: here\r\n\r\n"])
    assert [reply.status for reply in replies(got)] == [400]


@pytest.mark.parametrize(
    "trailer", [b"Content-Length:\r\n", b"content-length: 3\r\n", b"Transfer-Encoding: chunked\r\n"]
)
def test_a_trailer_says_nothing_about_where_the_request_ends(trailer: bytes, services: Services) -> None:
    request = b"POST /score HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + trailer + b"\r\n"
    assert [reply.status for reply in replies(exchange(services["echo"].port, [request]))] == [400]
