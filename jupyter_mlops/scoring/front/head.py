"""Bytes of a request's head → `Head`. httptools decides what is well-formed; this adds the limits and the framing.

Framing is decided here and only here: one Content-Length, or `Transfer-Encoding: chunked` alone, or no body. Whatever
two parties could read in two ways (both of them, folded lines, bare line feeds, other codings) is refused.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import httptools

from jupyter_mlops.scoring.front.http_limits import HttpLimits

__all__ = ["CHUNKED", "Head", "HeadMemo", "HttpError", "check_partial_head", "parse_head"]

CHUNKED = -1


class HttpError(Exception):
    """A request that is refused before anybody looks at what it wants; the connection closes after the answer."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status
        self.message = message


class Head:
    """A parsed head. `length` is the body's, or `CHUNKED`; `decision` and `memorable` belong to the application."""

    __slots__ = (
        "decision",
        "expects",
        "fields",
        "keep_alive",
        "length",
        "memorable",
        "method",
        "path",
        "query",
        "target",
        "version",
    )

    def __init__(self, method: str, target: str, version: str, fields: list[tuple[bytes, bytes]]):
        self.method = method
        self.target = target
        self.version = version
        self.fields = fields
        """Names in lower case, values as they came."""
        self.path, _, self.query = _origin_form(target).partition("?")
        if "%" in self.path:
            self.path = unquote(self.path, errors="replace")
        self.length = 0
        self.keep_alive = True
        self.expects = False
        self.decision: Any = None
        self.memorable = False
        """The application let it in, and nothing in it is likely to differ in the next request."""

    def get(self, name: bytes) -> bytes | None:
        """The first value of a field, by its name in lower case."""
        for key, value in self.fields:
            if key == name:
                return value
        return None


class HeadMemo:
    """A bounded memo from a head's very bytes to its parsed and authorised form.

    Clients repeat themselves: most heads are those of the request before. Only heads that were let in are kept, so
    nobody outside can fill it; it is cleared when the keys or the revision change.
    """

    def __init__(self, entries: int = 512, bytes_each: int = 4096):
        self._heads: dict[bytes, Head] = {}
        self._entries = entries
        self._bytes_each = bytes_each
        self.get = self._heads.get

    def put(self, block: bytes, head: Head) -> None:
        """Remembers a head that an application has decided about."""
        if not head.memorable or len(block) > self._bytes_each or head.length == CHUNKED or head.expects:
            return
        if len(self._heads) >= self._entries:
            self._heads.clear()
        self._heads[block] = head

    def clear(self) -> None:
        """Forgets all."""
        self._heads.clear()


class _Collector:
    """What httptools calls back."""

    __slots__ = ("fields", "keep_alive", "parser", "target")

    def __init__(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.keep_alive = False
        self.target = b""
        self.fields: list[tuple[bytes, bytes]] = []

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.keep_alive = bool(self.parser.should_keep_alive())  # later it has forgotten


def parse_head(block: bytes, limits: HttpLimits) -> Head:
    """The head in `block`, from the method to the empty line and no further; raises `HttpError`."""
    line_end = block.find(b"\r\n")
    if line_end > limits.request_line_bytes:
        raise HttpError(414, f"The request line is longer than {limits.request_line_bytes} bytes.")
    _check_first(block)  # httptools would skip half an empty line, and more spaces than one
    if block.count(b" ", 0, line_end) != 2:
        raise HttpError(400, "A request line is a method, a target and a version, with one space between.")
    collector = _Collector()
    parser = collector.parser
    try:
        parser.feed_data(block)
    except httptools.HttpParserUpgrade:
        pass  # no protocol is offered: the request is answered as it is
    except httptools.HttpParserError as error:
        raise _refusal(error) from None
    finally:
        del collector.parser  # they hold one another
    version = parser.get_http_version()
    if version not in ("1.1", "1.0"):
        raise HttpError(505, f"HTTP/{version} is not spoken here, HTTP/1.1 is.")
    _check_fields(collector.fields, limits)
    head = Head(parser.get_method().decode("ascii"), collector.target.decode("latin-1"), version, collector.fields)
    _frame(head)
    head.keep_alive = collector.keep_alive and head.method != "CONNECT"
    return head


def check_partial_head(data: bytearray, limits: HttpLimits) -> None:
    """Refuses at once what can no longer become a head: too long, bare line feeds, no HTTP at all."""
    _check_first(data)
    line_end = data.find(b"\r\n")
    if line_end < 0 and len(data) > limits.request_line_bytes:
        raise HttpError(414, f"The request line is longer than {limits.request_line_bytes} bytes.")
    if len(data) > limits.head_bytes:
        raise HttpError(431, f"The header fields are longer than {limits.head_bytes} bytes.")
    if data.count(b"\n") != data.count(b"\r\n"):
        raise HttpError(400, "A line ends without a carriage return.")


def _check_first(data: bytes | bytearray) -> None:
    if not (b"A" <= data[:1] <= b"Z"):
        raise HttpError(400, "This is not an HTTP/1.1 request.")


def _refusal(error: Exception) -> HttpError:
    if isinstance(error, httptools.HttpParserInvalidMethodError):
        return HttpError(501, "There is no such method.")
    return HttpError(400, f"Malformed request: {error}.")


def _check_fields(fields: list[tuple[bytes, bytes]], limits: HttpLimits) -> None:
    if len(fields) > limits.field_count:
        raise HttpError(431, f"There are more than {limits.field_count} header fields.")
    for name, value in fields:
        if len(name) + len(value) > limits.field_bytes:
            raise HttpError(431, f"A header field is longer than {limits.field_bytes} bytes.")


def _frame(head: Head) -> None:
    lengths, codings, hosts = [], [], 0
    for name, value in head.fields:
        if name == b"content-length":
            lengths.append(value)
        elif name == b"transfer-encoding":
            codings.append(value.strip().lower())
        elif name == b"host":
            hosts += 1
        elif name == b"expect":
            if value.strip().lower() != b"100-continue":
                raise HttpError(417, "The only expectation that is met is 100-continue.")
            head.expects = head.version == "1.1"
    if hosts > 1 or (hosts == 0 and head.version == "1.1"):
        raise HttpError(400, "A request names one Host.")
    if codings:
        if lengths or codings != [b"chunked"] or head.version == "1.0":
            raise HttpError(400, "The one transfer coding is chunked, in HTTP/1.1, without a Content-Length.")
        head.length = CHUNKED
    elif lengths:
        if len(lengths) > 1 or not lengths[0].isdigit() or len(lengths[0]) > 15:
            raise HttpError(400, "A request has one Content-Length, a number.")
        head.length = int(lengths[0])


def _origin_form(target: str) -> str:
    if target.startswith("/"):
        return target.partition("#")[0]
    scheme, separator, rest = target.partition("://")
    if separator and scheme.lower() in ("http", "https"):
        slash = rest.find("/")
        return rest[slash:] if slash >= 0 else "/"
    return target
