"""A body in chunks → its bytes. Strict: what another reader might frame differently is refused."""

from __future__ import annotations

import re

from jupyter_mlops.scoring.front.head import HttpError

__all__ = ["ChunkedDecoder"]

_LINE = 1024
_TRAILERS = 8192
_HEX = frozenset(b"0123456789abcdefABCDEF")
_FRAMING = (b"content-length", b"transfer-encoding")
_FIELD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*").fullmatch


class ChunkedDecoder:
    """Takes from a buffer what belongs to the body; `done` when the last chunk and its trailers have gone by."""

    __slots__ = ("_left", "_limit", "_trailer_bytes", "done", "pieces", "size")

    def __init__(self, limit: int):
        self._limit = limit
        self._left: int | None = None  # of the chunk at hand, its CRLF not counted; None between chunks
        self._trailer_bytes = -1  # -1: still in the body
        self.pieces: list[bytes] = []
        self.size = 0
        self.done = False

    def take(self, buffer: bytearray) -> None:
        """Consumes the front of `buffer`; raises `HttpError` 400, or 413 past the limit."""
        while not self.done and self._step(buffer):
            pass

    def _step(self, buffer: bytearray) -> bool:
        if self._trailer_bytes >= 0:
            return self._take_trailer(buffer)
        if self._left is None:
            return self._take_size(buffer)
        if self._left > 0:
            return self._take_data(buffer)
        if len(buffer) < 2:
            return False
        if buffer[:2] != b"\r\n":
            raise HttpError(400, "A chunk is longer than it says.")
        del buffer[:2]
        self._left = None
        return True

    def _take_size(self, buffer: bytearray) -> bool:
        line = _take_line(buffer, _LINE)
        if line is None:
            return False
        digits = line.partition(b";")[0].rstrip(b" \t")
        if not 0 < len(digits) <= 12 or not _HEX.issuperset(digits):
            raise HttpError(400, "A chunk's size is not a hexadecimal number.")
        size = int(digits, 16)
        self.size += size
        if self.size > self._limit:
            raise HttpError(413, f"The body is larger than {self._limit} bytes.")
        if size:
            self._left = size
        else:
            self._trailer_bytes = 0
        return True

    def _take_data(self, buffer: bytearray) -> bool:
        assert self._left is not None
        piece = bytes(buffer[: self._left])
        if not piece:
            return False
        del buffer[: len(piece)]
        self._left -= len(piece)
        self.pieces.append(piece)
        return True

    def _take_trailer(self, buffer: bytearray) -> bool:
        line = _take_line(buffer, _TRAILERS)
        if line is None:
            return False
        self._trailer_bytes += len(line)
        if self._trailer_bytes > _TRAILERS:
            raise HttpError(431, "The trailer fields are too long.")
        if not line:
            self.done = True
        elif not _FIELD(line) or line.partition(b":")[0].lower() in _FRAMING:
            raise HttpError(400, "A trailer is a header field, and none that frames the request.")
        return True


def _take_line(buffer: bytearray, limit: int) -> bytes | None:
    end = buffer.find(b"\n", 0, limit + 2)
    if end < 0:
        if len(buffer) > limit:
            raise HttpError(400, "A line of the chunked body is too long.")
        return None
    if end == 0 or buffer[end - 1] != 0x0D:
        raise HttpError(400, "A line ends without a carriage return.")
    line = bytes(buffer[: end - 1])
    if b"\r" in line:
        raise HttpError(400, "A carriage return stands inside a line.")
    del buffer[: end + 1]
    return line
