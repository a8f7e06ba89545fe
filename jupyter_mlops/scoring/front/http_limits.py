"""How much of a request is taken, and how long it may take to come."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HttpLimits"]


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Bytes and seconds of one connection; the body's limit belongs to the revision, not to this."""

    request_line_bytes: int = 4094
    field_bytes: int = 8190
    field_count: int = 100
    head_bytes: int = 65536
    head_seconds: float = 10.0
    """From the first byte of a request (or of the connection) to the end of its head."""
    body_grace_seconds: float = 30.0
    body_bytes_per_second: int = 1024
    """A body must come at least so fast, on average, once the grace is over."""
    body_stall_seconds: float = 20.0
    idle_seconds: float = 120.0
    """Between two requests of a connection."""
    write_stall_seconds: float = 30.0
    """A client that takes nothing of its answer for so long is cut off."""
    linger_seconds: float = 2.0
    """After an early answer the rest of the request is read and dropped for so long: a reset would eat the answer."""
    linger_bytes: int = 16 * 1024 * 1024
    read_ahead_bytes: int = 65536
    """Of requests that follow (pipelining) before reading pauses."""
    connections: int = 8192

    @property
    def sweep_seconds(self) -> float:
        """How often deadlines are looked at: often enough for the shortest of them."""
        shortest = min(self.head_seconds, self.body_stall_seconds, self.idle_seconds, self.write_stall_seconds)
        return min(1.0, max(0.01, min(shortest, self.linger_seconds) / 4))
