"""A front of thirty lines: speaks wire.py to a real worker process over a socketpair."""

from __future__ import annotations

import itertools
import json
import mmap
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import jupyter_mlops.scoring.worker as package
from jupyter_mlops.scoring.wire import (
    CHUNK_HEAD,
    FRAME_HEAD,
    Answer,
    Kind,
    Request,
    frame,
    pack_request,
    unpack_answers,
)

BOOT = Path(package.__file__).with_name("boot.py")


class WorkerFailed(Exception):
    """The worker said FAILED; `report` is what it said."""

    def __init__(self, report: dict[str, Any], code: int) -> None:
        super().__init__(report["message"])
        self.report = report
        self.code = code


class Worker:
    """A worker that runs one script. Use as a context manager; leaving it waits for the exit."""

    def __init__(
        self, revision: dict[str, Any], *, python: str = sys.executable, env: dict[str, str] | None = None
    ) -> None:
        ours, theirs = socket.socketpair()
        self.socket = ours
        ours.settimeout(60)
        log = Path(revision["app_root"]) / "worker.log"
        self.log_path = log
        with theirs, log.open("wb") as output, tempfile.TemporaryFile() as slots:
            slots.truncate(4 * revision.get("threads", 1))
            self.slots = mmap.mmap(slots.fileno(), 0)
            self.process = subprocess.Popen(
                [python, "-I", str(BOOT), "--fd", str(theirs.fileno()), "--slots-fd", str(slots.fileno())],
                pass_fds=[theirs.fileno(), slots.fileno()],
                stdout=output,
                stderr=output,
                env={**os.environ, **(env or {})},
            )
        self._numbers = itertools.count()
        self._file = ours.makefile("rb")
        ours.sendall(frame(Kind.CONFIGURE, json.dumps(revision).encode()))
        self.stages: list[str] = []
        while (message := self.frame())[0] == Kind.STAGE:
            self.stages.append(message[1].decode())
        kind, payload = message
        if kind == Kind.FAILED:
            self.close()
            raise WorkerFailed(json.loads(payload), self.process.returncode)
        assert kind == Kind.READY
        self.ready = json.loads(payload)

    def frame(self) -> tuple[int, bytes]:
        size, kind = FRAME_HEAD.unpack(self._file.read(FRAME_HEAD.size))
        return kind, self._file.read(size)

    def send(self, *bodies: bytes, flags: int = 0, head: Any = None) -> list[int]:
        """Send the bodies in one frame; returns their numbers."""
        requests = [
            Request(next(self._numbers), flags, b"" if head is None else json.dumps(head).encode(), body)
            for body in bodies
        ]
        self.socket.sendall(frame(Kind.SCORE, *map(pack_request, requests)))
        return [request.id for request in requests]

    def cancel(self, number: int) -> None:
        """The client of this request has gone."""
        self.socket.sendall(frame(Kind.CANCEL, number.to_bytes(4, "little")))

    def score_many(self, *bodies: bytes, flags: int = 0, head: Any = None) -> list[Answer]:
        """The answers of several bodies sent in one frame, in the order of the bodies."""
        numbers = self.send(*bodies, flags=flags, head=head)
        answers = {answer.id: answer for answer in self.answers(len(numbers))}
        return [answers[number] for number in numbers]

    def answers(self, count: int) -> list[Answer]:
        """The next `count` answers, in however many frames they come."""
        answers: list[Answer] = []
        while len(answers) < count:
            kind, payload = self.frame()
            assert kind == Kind.ANSWER, kind
            answers += unpack_answers(payload)
        assert len(answers) == count
        return answers

    def score(self, body: bytes | str, *, flags: int = 0, head: Any = None) -> Answer:
        return self.score_many(body.encode() if isinstance(body, str) else body, flags=flags, head=head)[0]

    def value(self, body: Any, **kwargs: Any) -> Any:
        """The JSON value of a 200 answer."""
        text = body if isinstance(body, bytes | str) else json.dumps(body)
        answer = self.score(text, **kwargs)
        assert answer.status == 200, (answer.status, answer.body)
        return json.loads(answer.body)

    def stream(self, body: bytes | str, **kwargs: Any) -> tuple[Answer, list[bytes], int]:
        """A streamed answer, its chunks, and how it ended (1 well, 2 cut)."""
        answer = self.score(body, **kwargs)
        chunks = []
        while True:
            kind, payload = self.frame()
            assert kind == Kind.CHUNK
            _, last = CHUNK_HEAD.unpack_from(payload)
            if payload[CHUNK_HEAD.size :]:
                chunks.append(payload[CHUNK_HEAD.size :])
            if last:
                return answer, chunks, last

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def close(self) -> int:
        """Drain: close our end, wait for the exit code."""
        self._file.close()
        self.socket.close()
        if not self.slots.closed:
            self.slots.close()
        return self.process.wait(timeout=30)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
