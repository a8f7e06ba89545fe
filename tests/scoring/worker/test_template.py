"""A template over its own sockets: a worker for each wish, its exit code on its leash, its end with the leash."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from driving import BOOT

from jupyter_mlops.scoring.wire import FRAME_HEAD, Kind, Request, frame, pack_request, unpack_answers
from jupyter_mlops.scoring.worker.template import rehearse, threads_lost

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has templates")

SCRIPT = """
import os, sys

def init():
    sys.stdout.write("half a line, ")

def run(data):
    print("from", os.getpid())
    return [os.getpid(), os.getppid(), os.getpgid(0), sorted(map(int, os.listdir("/proc/self/fd")))]
"""


class Front:
    """The other side of one socket: frames."""

    def __init__(self, ours: socket.socket) -> None:
        self.socket = ours
        ours.settimeout(30)
        self._file = ours.makefile("rb")

    def frame(self) -> tuple[int, Any]:
        size, kind = FRAME_HEAD.unpack(self._file.read(FRAME_HEAD.size))
        return kind, self._file.read(size)

    def configure(self, revision: dict[str, Any]) -> dict[str, Any]:
        """What READY says."""
        self.socket.sendall(frame(Kind.CONFIGURE, json.dumps(revision).encode()))
        while (said := self.frame())[0] == Kind.STAGE:
            pass
        assert said[0] == Kind.READY, said
        return dict(json.loads(said[1]))

    def value(self, body: bytes = b"") -> Any:
        self.socket.sendall(frame(Kind.SCORE, pack_request(Request(1, 0, b"", body))))
        (answer,) = unpack_answers(self.frame()[1])
        return json.loads(answer.body)

    def close(self) -> None:
        self._file.close()
        self.socket.close()


class Template:
    """A real one. `fork` gives a worker's socket, its leash and its number."""

    def __init__(self, folder: Path) -> None:
        (folder / "score.py").write_text(SCRIPT)
        self.revision = {"revision": 1, "app_root": str(folder), "entry_script": "score.py"}
        self.folder = folder
        self.forks, theirs = socket.socketpair()
        link, its_link = socket.socketpair()
        with theirs, its_link, (folder / "template.log").open("wb") as log:
            numbers = [its_link.fileno(), theirs.fileno()]
            command = [sys.executable, "-I", str(BOOT), "--fd", str(numbers[0]), "--forks-fd", str(numbers[1])]
            self.process = subprocess.Popen(command, pass_fds=numbers, stdout=log, stderr=log)
        self.link = Front(link)
        self.ready = self.link.configure(self.revision)

    def fork(self) -> tuple[Front, socket.socket, int]:
        leash, its_leash = socket.socketpair()
        link, its_link = socket.socketpair()
        leash.settimeout(30)
        with its_leash, its_link, (self.folder / "slots").open("w+b") as slots, self.log().open("ab") as log:
            slots.truncate(4)
            files = [its_link.fileno(), slots.fileno(), log.fileno(), its_leash.fileno()]
            socket.send_fds(self.forks, [b"F"], files)
        return Front(link), leash, word(leash)

    def log(self) -> Path:
        return self.folder / "worker.log"

    def close(self) -> int:
        self.link.close()
        self.forks.close()
        return self.process.wait(30)


def word(leash: socket.socket) -> int:
    return int(struct.unpack("<i", leash.recv(4))[0])


def closed(*ends: Front | socket.socket) -> None:
    for end in ends:
        end.close()


@pytest.fixture
def template(tmp_path: Path) -> Iterator[Template]:
    started = Template(tmp_path)
    yield started
    started.close()


def test_a_fork_is_a_worker_of_its_own(template: Template) -> None:
    link, leash, pid = template.fork()
    ready = link.configure(template.revision)
    assert (ready["pid"], template.ready["pid"]) == (pid, template.process.pid)
    its_pid, its_parent, its_group, files = link.value()
    assert (its_pid, its_parent, its_group) == (pid, template.process.pid, pid)
    assert len(files) == 6, files  # 0, 1, 2, its link, its slots, and the listing itself: nothing of the template's
    link.close()
    assert word(leash) == 0
    leash.close()


def test_what_was_printed_is_printed_once_and_each_has_its_own_output(template: Template) -> None:
    forks = [template.fork() for _ in range(2)]
    for link, _, _ in forks:
        link.configure(template.revision)
        link.value()
    lines = template.log().read_text().splitlines()
    assert sorted(lines) == sorted(f"from {pid}" for _, _, pid in forks)
    assert (template.folder / "template.log").read_text() == "half a line, "
    for link, leash, _ in forks:
        closed(link, leash)


def test_the_signal_that_ended_it_is_told(template: Template) -> None:
    link, leash, pid = template.fork()
    os.kill(pid, signal.SIGKILL)
    assert word(leash) == -signal.SIGKILL
    assert Path(f"/proc/{pid}").exists()  # its number is nobody else's until we let go
    closed(link, leash)


def test_it_is_killed_when_nobody_holds_its_leash(template: Template) -> None:
    link, leash, _ = template.fork()
    link.configure(template.revision)
    leash.close()
    assert link.socket.recv(1) == b""
    link.close()


def test_the_end_of_the_link_ends_the_template_and_all_forks(template: Template) -> None:
    link, leash, _ = template.fork()
    link.configure(template.revision)
    assert template.close() == 0
    assert link.socket.recv(1) == b""
    closed(link, leash)


def test_a_thread_is_named(thread: Callable[[str], None]) -> None:
    rehearse()
    assert not [text for text in threads_lost() if "poller" in text]
    thread("poller")
    (text,) = threads_lost()
    assert "'poller'" in text


@pytest.fixture
def thread() -> Iterator[Callable[[str], None]]:
    """Starts one of this name, which ends with the test."""
    over = threading.Event()
    started = []

    def begin(name: str) -> None:
        started.append(threading.Thread(target=over.wait, name=name))
        started[-1].start()

    yield begin
    over.set()
    for each in started:
        each.join()
