"""A template: a process that has run `init()`, and forks a worker whenever the front asks. They share its pages.

    front → here   at `--forks-fd`: one byte, with four open files: link, slots, output, leash
    here → front   on the leash: <i32 process id>, or an error number, negative, where there could be no fork;
                   at the worker's end <i32 exit code>, negative: the signal
    end of file    of a leash: its exit code was read, or nobody waits for the worker, and it is killed;
                   of our own link: all is over

A worker stays a zombie until its exit code was read, so that the front never kills a process that has its number by
chance. Only Linux has templates: elsewhere system libraries do not survive a fork.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import struct
import sys
import threading
import warnings
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_mlops.scoring.worker.channel import Channel
from jupyter_mlops.scoring.worker.parent import end_with_parent
from jupyter_mlops.scoring.worker.scorer import forget_loop

__all__ = ["Forked", "Template", "rehearse", "threads_lost"]

_WORD = struct.Struct("<i")
_FILES = 4
_LOOP_LOST = (
    "preload: init() used an event loop, and what it opened there is not usable in the workers, which are forks:"
    " open it in run(), or leave preload out"
)


class Forked(NamedTuple):
    """What a worker has of its own: its channel to the front, its slots, and what the front should know."""

    channel: Channel
    slots: int
    warnings: list[str]


class _Child:
    """A worker, as its template sees it."""

    def __init__(self, pid: int, leash: socket.socket) -> None:
        self.pid = pid
        self.leash = leash
        self.has_ended = False


class Template:
    """Forks on demand. `link` and `forks` are the two sockets to the front."""

    def __init__(self, link: Channel, forks: socket.socket) -> None:
        self._link = link
        self._forks = forks
        self._pid = os.getpid()
        self._children: dict[int, _Child] = {}
        self._waking, self._wake = socket.socketpair()
        for end in (self._waking, self._wake):
            end.setblocking(False)
        self._selector = selectors.PollSelector()

    def serve(self) -> Forked | None:
        """Returns in every worker, with what is its own; in the template None, when the front has closed the link."""
        before = signal.signal(signal.SIGCHLD, _heard)
        before_fd = signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        for each in (self._link, self._forks, self._waking):
            self._selector.register(each, selectors.EVENT_READ)
        forked = self._until_forked()
        signal.set_wakeup_fd(before_fd)
        signal.signal(signal.SIGCHLD, before or signal.SIG_DFL)
        return forked

    def _until_forked(self) -> Forked | None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._forks:
                    forked = self._fork()
                    if forked is not None:
                        return forked
                elif key.fileobj is self._waking:
                    self._waking.recv(4096)
                    self._look_for_ended()
                elif key.fileobj is self._link:
                    self._link.look()
                    if self._link.ended:
                        return None
                else:
                    self._let_go(key.data)

    # ── one more worker ──

    def _fork(self) -> Forked | None:
        """In the worker: what is its own."""
        _, files, _, _ = socket.recv_fds(self._forks, 1, _FILES)
        if len(files) != _FILES:  # end of file; the link's is next
            self._selector.unregister(self._forks)
            return None
        for each in files:
            os.set_inheritable(each, False)
        *own, last = files
        leash = socket.socket(fileno=last)
        told = threads_lost()
        try:
            pid = _forked()
        except OSError as error:
            leash.sendall(_WORD.pack(-(error.errno or 1)))
            leash.close()
        else:
            if not pid:
                return self._become(own, leash, told)
            self._children[pid] = child = _Child(pid, leash)
            self._selector.register(leash, selectors.EVENT_READ, child)
            with contextlib.suppress(OSError):  # nobody waits any more: the end of file says so
                leash.sendall(_WORD.pack(pid))
        for each in own:
            os.close(each)
        return None

    def _become(self, files: list[int], leash: socket.socket, told: list[str]) -> Forked:
        """A worker: nothing of the template's is held open, nothing of its past is repeated."""
        link, slots, output = files
        for stream in (1, 2):
            os.dup2(output, stream)
        os.close(output)
        os.setsid()
        end_with_parent()
        if os.getppid() != self._pid:  # it ended before we had said so
            os._exit(0)
        self._selector.close()
        for each in (leash, self._forks, self._waking, *(child.leash for child in self._children.values())):
            each.close()
        self._link.close()
        _reseed()
        if forget_loop():
            told = [*told, _LOOP_LOST]
        return Forked(Channel(socket.socket(fileno=link)), slots, told)

    # ── the end of one ──

    def _look_for_ended(self) -> None:
        """Tells the exit codes."""
        for child in self._children.values():
            if child.has_ended:
                continue
            found = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is not None:
                child.has_ended = True
                code = found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
                with contextlib.suppress(OSError):
                    child.leash.sendall(_WORD.pack(code))

    def _let_go(self, child: _Child) -> None:
        """The front has closed the leash."""
        self._selector.unregister(child.leash)
        child.leash.close()
        if not child.has_ended:
            _kill(child.pid)
        os.waitpid(child.pid, 0)
        del self._children[child.pid]


def _heard(*_: object) -> None:
    """A signal without a handler of Python's would not be written to the wake-up file."""


def _kill(pid: int) -> None:
    """It and what it started; a worker that has only begun leads no group yet."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _forked() -> int:
    """`os.fork`, which must not print twice what is not printed yet, nor warn of threads: we do. Raises OSError."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _reseed() -> None:
    """`random` does so by itself. Generators that the script has made are copies: nobody knows what they are for."""
    numpy: Any = sys.modules.get("numpy.random")
    if numpy is not None:
        numpy.seed()


# ── threads ──


def rehearse() -> None:
    """A fork for nothing. Libraries that can live with forks (OpenBLAS) end their threads before one, and start them
    again when they need them: the threads that are still there after it are those that the workers lose."""
    with contextlib.suppress(OSError):
        pid = _forked()
        if not pid:
            os._exit(0)
        os.waitpid(pid, 0)


def threads_lost() -> list[str]:
    """The warning about threads that a fork made now would not have; empty where there are none."""
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    known = {thread.native_id for thread in threading.enumerate()}
    names = [f"{thread.name!r}" for thread in others]
    tasks = _tasks()
    native = [name for number, name in tasks.items() if number not in known]
    if native:
        given = ", ".join(sorted(set(native) - {tasks.get(os.getpid(), "")}))  # one without a name has the process's
        names.append(f"{len(native)} of native code" + (f" ({given})" if given else ""))
    if not names:
        return []
    return [
        f"preload: workers are forks, and these threads of init() are not in them: {', '.join(names)}. A lock that one"
        " of them holds stays held for ever. Start threads in run(), set OMP_NUM_THREADS=1 where they are OpenMP's,"
        " or leave preload out"
    ]


def _tasks() -> dict[int, str]:
    """Number and name of each thread that the kernel knows."""
    found = {}
    with contextlib.suppress(OSError):
        for folder in Path("/proc/self/task").iterdir():
            with contextlib.suppress(OSError):
                found[int(folder.name)] = (folder / "comm").read_text().strip()
    return found
