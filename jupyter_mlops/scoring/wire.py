"""The bytes between a front and its workers, over a socketpair or a Unix socket.

A frame is `<u32 length of payload> <u8 kind> <payload>`, little-endian. Several requests, or several answers,
travel in one frame: one system call for many.

    front → worker                                   worker → front
    CONFIGURE  JSON, once, first                     READY    JSON, once, after init(); only STAGE comes before
    SCORE      one or more requests                  FAILED   JSON {where, message, traceback}; then it exits
    CANCEL     <u32 id>: nobody waits any more       ANSWER   one or more answers
    end of file: finish what came, then exit 0       CHUNK    <u32 id> <u8 last> bytes of a streamed answer;
                                                              last is 0, 1 the end, 2 run() failed: cut it off
                                                     STAGE    UTF-8, before READY: what it is doing ("import", "init")

Needs the standard library alone: it runs in the interpreter of the user's environment.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum, IntFlag
from typing import NamedTuple

__all__ = [
    "CHUNK_HEAD",
    "FRAME_HEAD",
    "TRACEBACK",
    "Answer",
    "AnswerFlag",
    "Kind",
    "Request",
    "RequestFlag",
    "frame",
    "pack_answer",
    "pack_request",
    "unpack_answers",
    "unpack_requests",
]


class Kind(IntEnum):
    """What a frame carries."""

    CONFIGURE = 0
    SCORE = 1
    CANCEL = 2
    READY = 16
    FAILED = 17
    ANSWER = 18
    CHUNK = 19
    STAGE = 20


class RequestFlag(IntFlag):
    """PROBE: counts in no metric and no collected data. QUERY: the body is a GET query, as a JSON object."""

    PROBE = 1
    QUERY = 2


class AnswerFlag(IntFlag):
    """RUN_FAILED: run() raised. TIMED: `exec_us` holds. STREAM: chunks follow. PLAIN: no x-ms-run-* headers.
    BAD_INPUT: the schema refused it."""

    RUN_FAILED = 1
    TIMED = 2
    STREAM = 4
    PLAIN = 8
    BAD_INPUT = 16


TRACEBACK = "x-mlops-traceback"
"""In the head of the answer to a probe whose run() raised: for whoever proves the script. Clients get it never."""


class Request(NamedTuple):
    """`head` is JSON `{method, path, query, headers: [[name, value]…], peer}`, or empty where the script needs none."""

    id: int
    flags: int
    head: bytes
    body: bytes


class Answer(NamedTuple):
    """`head` is JSON `[[name, value]…]`, or empty, which means `Content-Type: application/json`."""

    id: int
    status: int
    flags: int
    exec_us: int
    head: bytes
    body: bytes


FRAME_HEAD = struct.Struct("<IB")
CHUNK_HEAD = struct.Struct("<IB")
_REQUEST = struct.Struct("<IBII")
_ANSWER = struct.Struct("<IHBIII")


def frame(kind: Kind, *parts: bytes) -> bytes:
    """One frame of the parts, joined."""
    return b"".join((FRAME_HEAD.pack(sum(map(len, parts)), kind), *parts))


def pack_request(request: Request) -> bytes:
    """One request of a SCORE frame."""
    number, flags, head, body = request
    return b"".join((_REQUEST.pack(number, flags, len(head), len(body)), head, body))


def unpack_requests(payload: bytes) -> Iterator[Request]:
    """The requests of a SCORE frame, in order."""
    at, end = 0, len(payload)
    while at < end:
        number, flags, head, body = _REQUEST.unpack_from(payload, at)
        at += _REQUEST.size
        yield Request(number, flags, payload[at : at + head], payload[at + head : at + head + body])
        at += head + body


def pack_answer(answer: tuple[int, int, int, int, bytes, bytes]) -> bytes:
    """One answer of an ANSWER frame: an `Answer`, or its members without the name."""
    number, status, flags, exec_us, head, body = answer
    return b"".join((_ANSWER.pack(number, status, flags, exec_us, len(head), len(body)), head, body))


def unpack_answers(payload: bytes) -> Iterator[Answer]:
    """The answers of an ANSWER frame, in order."""
    at, end = 0, len(payload)
    while at < end:
        number, status, flags, exec_us, head, body = _ANSWER.unpack_from(payload, at)
        at += _ANSWER.size
        yield Answer(number, status, flags, exec_us, payload[at : at + head], payload[at + head : at + head + body])
        at += head + body
