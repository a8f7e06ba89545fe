"""A folder as a list of files, by content."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from jupyter_mlops.records.digests import digest_of

__all__ = ["FileEntry", "FileTree"]


@dataclass(frozen=True, order=True)
class FileEntry:
    """One file of a tree: its POSIX path inside it, its size in bytes, the digest of its bytes."""

    path: str
    size: int
    sha256: str
    executable: bool = False


@dataclass(frozen=True)
class FileTree:
    """Immutable files, sorted by path. A single file is a tree of one entry."""

    entries: tuple[FileEntry, ...]

    @property
    def digest(self) -> str:
        """The sha256 of the entries' canonical JSON."""
        return digest_of([asdict(entry) for entry in self.entries])

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(entry.size for entry in self.entries)
