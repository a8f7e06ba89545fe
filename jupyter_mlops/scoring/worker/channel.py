"""Frames over the socket that the front gave: whole ones in, bytes out."""

from __future__ import annotations

import socket
import threading

from jupyter_mlops.scoring.wire import FRAME_HEAD

__all__ = ["Channel"]

_READ = 1 << 18


class Channel:
    """One end of the socket. Reads are of one thread; `send` may be called from several."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(True)
        self._socket = connection
        self._buffer = bytearray()
        self._sending = threading.Lock()
        self._unread: list[tuple[int, bytes]] = []
        self.ended = False

    def read(self) -> list[tuple[int, bytes]]:
        """The frames that have come, each `(kind, payload)`; waits for one. Empty at the end of file."""
        frames, self._unread = self._unread, []
        return frames or self._receive(wait=True)

    def look(self) -> list[tuple[int, bytes]]:
        """The frames that have come since the last look, without waiting. The next `read` has them too."""
        fresh = self._receive(wait=False)
        self._unread += fresh
        return fresh

    def unread(self, frames: list[tuple[int, bytes]]) -> None:
        """Give frames back; the next `read` has them."""
        self._unread = [*frames, *self._unread]

    def fileno(self) -> int:
        """For a selector."""
        return self._socket.fileno()

    def close(self) -> None:
        """Our end."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Write all of it. A front that has gone is no error: nobody waits for the answer."""
        with self._sending:
            try:
                self._socket.sendall(data)
            except (BrokenPipeError, ConnectionError):
                self.ended = True

    def _receive(self, *, wait: bool) -> list[tuple[int, bytes]]:
        frames: list[tuple[int, bytes]] = []
        while not frames and not self.ended:
            try:
                data = self._socket.recv(_READ, 0 if wait else socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except ConnectionError:
                data = b""
            if not data:
                self.ended = True
                break
            self._buffer += data
            self._split(frames)
        return frames

    def _split(self, frames: list[tuple[int, bytes]]) -> None:
        buffer, at, head = self._buffer, 0, FRAME_HEAD.size
        while len(buffer) - at >= head:
            size, kind = FRAME_HEAD.unpack_from(buffer, at)
            end = at + head + size
            if end > len(buffer):
                if size > _READ:
                    frames.append((kind, self._rest_of(buffer, at + head, size)))
                    return
                break
            frames.append((kind, bytes(memoryview(buffer)[at + head : end])))
            at = end
        if at:
            del buffer[:at]

    def _rest_of(self, buffer: bytearray, start: int, size: int) -> bytes:
        """A big frame, read straight into its place: growing a buffer by small steps costs more than parsing it."""
        whole = bytearray(size)
        have = len(buffer) - start
        whole[:have] = buffer[start:]
        del buffer[:]
        view = memoryview(whole)
        while have < size:
            got = self._socket.recv_into(view[have:])
            if not got:
                self.ended = True
                raise EOFError("the front closed the connection inside a frame")
            have += got
        return bytes(whole)
