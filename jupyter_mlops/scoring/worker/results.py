"""From what `run` returned to an answer: JSON, a response object, bytes, or a stream.

`Result.stream` yields the body of a streamed answer, piece by piece; its content type is known once the first has come.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from jupyter_mlops.scoring.wire import AnswerFlag
from jupyter_mlops.scoring.worker.encode import NotJson, encode
from jupyter_mlops.scoring.worker.notes import Notes

__all__ = ["Result", "error_result", "result_of"]

_NOT_OURS = frozenset({"content-length", "transfer-encoding", "connection", "x-ms-run-fn-exec-ms"})
_FAILED = "x-ms-run-function-failed"


class Result(NamedTuple):
    """An answer without its number. `head` is JSON `[[name, value]…]`; empty means `application/json`."""

    status: int
    flags: int
    head: bytes
    body: bytes
    stream: Iterator[bytes] | None = None


def result_of(value: Any, notes: Notes, events: bool, await_: Callable[[Any], Any]) -> Result:
    """The answer of a value that `run` returned.

    `events`: the client asked for Server-Sent Events; `await_` waits for an awaitable. What a generator raises before
    its first item goes through.
    """
    kind = type(value)
    if kind is not dict and kind is not list and kind is not str:
        if value is None:
            return Result(200, 0, head_of((), notes), b"{}")
        special = _special(value, notes, events, await_)
        if special is not None:
            return special
    try:
        return Result(200, 0, head_of((), notes) if notes.warnings else b"", encode(value))
    except NotJson as error:
        return error_result(500, f"run() returned what is not JSON: {error}")


def error_result(status: int, message: str, flags: int = 0) -> Result:
    """`{"message": …}`, the shape of every error."""
    return Result(status, flags, b"", encode({"message": message}))


def head_of(headers: Any, notes: Notes) -> bytes:
    """The JSON of an answer's head; empty where the default will do."""
    pairs = list(headers)
    if not notes.warnings:
        return json.dumps(pairs).encode() if pairs else b""
    if not pairs:
        pairs = [("Content-Type", "application/json")]
    warning = "; ".join(notes.warnings).encode("ascii", "replace").decode().replace("\n", " ")
    return json.dumps([*pairs, ("x-mlops-warning", warning)]).encode()


def _special(value: Any, notes: Notes, events: bool, await_: Callable[[Any], Any]) -> Result | None:
    if isinstance(value, bytes | bytearray | memoryview):
        return Result(200, 0, head_of([("Content-Type", "application/octet-stream")], notes), bytes(value))
    if hasattr(value, "status_code") and hasattr(value, "headers"):
        return _from_response(value, notes, await_)
    if hasattr(value, "__anext__") and not hasattr(value, "tolist"):
        return _from_iterator(_blocking(value, await_), notes, events)
    if hasattr(value, "__next__") and not hasattr(value, "tolist"):
        return _from_iterator(value, notes, events)
    return None


# ── response objects: ours, Flask's, Starlette's ──


def _from_response(response: Any, notes: Notes, await_: Callable[[Any], Any]) -> Result:
    status = int(response.status_code)
    ours = getattr(response, "answers_like_aml", False)
    pairs, failed = [], None
    for name, text in _headers(response):
        if name.lower() == _FAILED:
            failed = text
        elif name.lower() not in _NOT_OURS:
            pairs.append((name, text))
    flags = 0
    if status >= 500 or str(failed).lower() == "true":
        flags = AnswerFlag.RUN_FAILED
    elif failed is None and not ours:
        flags = AnswerFlag.PLAIN
    body = _body(response, await_)
    head = head_of(pairs, notes) or b"[]"
    if isinstance(body, bytes):
        return Result(status, flags, head, body)
    return Result(status, flags | AnswerFlag.STREAM, head, b"", body)


def _headers(response: Any) -> list[tuple[str, str]]:
    raw = getattr(response, "raw_headers", None)  # Starlette: bytes, repeated names kept
    if raw is not None:
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
    headers = response.headers
    if hasattr(headers, "pairs"):
        return list(headers.pairs)
    return [(str(name), str(value)) for name, value in headers.items()]


def _body(response: Any, await_: Callable[[Any], Any]) -> bytes | Iterator[bytes]:
    streamed = getattr(response, "body_iterator", None)
    if streamed is not None:
        pieces = _blocking(streamed, await_) if hasattr(streamed, "__anext__") else iter(streamed)
        return (piece.encode() if isinstance(piece, str) else bytes(piece) for piece in pieces)
    if getattr(response, "is_streamed", False):
        encoded: Iterator[bytes] = iter(response.iter_encoded())
        return encoded
    if hasattr(response, "get_data"):
        return bytes(response.get_data())
    body = getattr(response, "body", b"")
    return body.encode() if isinstance(body, str) else bytes(body)


# ── streams ──


def _from_iterator(items: Iterator[Any], notes: Notes, events: bool) -> Result:
    """Bytes go as they are; anything else is a line of JSON, or an event where the client asked for those."""
    first = next(items, _END)
    form: Callable[[Any], bytes]
    if isinstance(first, bytes | bytearray):
        kind, form = "application/octet-stream", bytes
    elif events:
        kind, form = "text/event-stream", _event
    else:
        kind, form = "application/x-ndjson", _line
    head = head_of([("Content-Type", kind), ("Cache-Control", "no-cache")], notes)
    return Result(200, AnswerFlag.STREAM, head, b"", _pieces(first, items, form))


def _pieces(first: Any, items: Iterator[Any], form: Callable[[Any], bytes]) -> Iterator[bytes]:
    try:
        if first is not _END:
            yield form(first)
            for item in items:
                yield form(item)
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            close()


def _event(item: Any) -> bytes:
    return b"data: " + encode(item) + b"\n\n"


def _line(item: Any) -> bytes:
    return encode(item) + b"\n"


def _blocking(items: Any, await_: Callable[[Any], Any]) -> Iterator[Any]:
    """An async iterator, read one by one on the worker's own loop."""
    try:
        while True:
            try:
                yield await_(items.__anext__())
            except StopAsyncIteration:
                return
    finally:
        close = getattr(items, "aclose", None)
        if close is not None:
            await_(close())


_END = object()
