"""The process that loads the script once for all workers of a pool, which are forks of it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Sequence

from jupyter_mlops.scoring.front.forked_process import ForkedProcess, TemplateGoneError, start_forked
from jupyter_mlops.scoring.front.revision import Revision
from jupyter_mlops.scoring.front.worker_process import Worker

__all__ = ["Template", "why_not_preload"]


def why_not_preload(revision: Revision, platform: str = sys.platform) -> str | None:
    """Why the workers of this revision are ordinary ones though it asks for preload; None where they need not be."""
    if not revision.preload:
        return None
    if platform != "linux":
        return (
            f"preload is off, each worker loads the script itself: on {platform} system libraries do not survive a fork"
        )
    if revision.attendants:
        return "preload is off, each worker loads the script itself: the workers run in several containers"
    if revision.workers == 1:
        return "preload is off: there is one worker, which has nobody to share the model with"
    return None


class Template(Worker):
    """Started, watched and ended as a worker is. It gets no requests: once READY, it forks."""

    _forks: socket.socket | None = None

    async def fork(self, files: Sequence[int]) -> ForkedProcess:
        """A worker with these open files: link, slots, output. Raises OSError, `TemplateGoneError`."""
        if self._forks is None:
            raise TemplateGoneError("it has ended")
        try:
            return await start_forked(self._forks, files)
        except TemplateGoneError:
            self.kill()
            raise

    async def _spawned(self, python: str, files: tuple[int, int, int]) -> subprocess.Popen[bytes]:
        self._forks, theirs = socket.socketpair()
        try:
            with theirs:
                return self._popen(python, files, "--forks-fd", theirs.fileno())
        except BaseException:
            self._let_go()
            raise

    def _gone(self) -> None:
        self._let_go()
        super()._gone()

    def _let_go(self) -> None:
        if self._forks is not None:
            with contextlib.suppress(OSError):
                self._forks.close()
            self._forks = None
