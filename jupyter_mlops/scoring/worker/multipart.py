"""multipart/form-data (RFC 7578) into fields and files. The body is in memory already: its size was limited before."""

from __future__ import annotations

import io
import re
from typing import NamedTuple

__all__ = ["FileField", "parse_multipart"]

_PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))')


class FileField(io.BytesIO):
    """One uploaded file: a binary stream with a `filename`, as Flask's `FileStorage` is used."""

    def __init__(self, content: bytes, name: str, filename: str, content_type: str) -> None:
        super().__init__(content)
        self.name = name
        self.filename = filename
        self.content_type = self.mimetype = content_type
        self.content_length = len(content)

    @property
    def stream(self) -> FileField:
        return self

    def save(self, destination: str, buffer_size: int = 16384) -> None:
        """Write it to a path."""
        with open(destination, "wb") as file:  # noqa: PTH123  (a path or a file number, as there)
            file.write(self.getvalue())


class _Part(NamedTuple):
    name: str
    filename: str | None
    content_type: str
    content: bytes


def parse_multipart(body: bytes, content_type: str) -> tuple[list[tuple[str, str]], list[tuple[str, FileField]]]:
    """The `(name, text)` fields and the `(name, file)` fields, in order. What is malformed is left out."""
    boundary = parameters_of(content_type).get("boundary")
    fields: list[tuple[str, str]] = []
    files: list[tuple[str, FileField]] = []
    if not boundary:
        return fields, files
    for part in _parts(body, boundary.encode("latin-1")):
        if part.filename is None:
            fields.append((part.name, part.content.decode("utf-8", "replace")))
        else:
            files.append((part.name, FileField(part.content, part.name, part.filename, part.content_type)))
    return fields, files


def parameters_of(header: str) -> dict[str, str]:
    """The `; name=value` parameters of a header's value, names in lower case."""
    found = {}
    for name, quoted, bare in _PARAMETER.findall(header):
        found[name.lower()] = re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
    return found


def _parts(body: bytes, boundary: bytes) -> list[_Part]:
    parts = []
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]:
        if piece.startswith(b"--"):
            break
        head, separator, content = piece.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not separator:
            continue
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
        }
        disposition = parameters_of(headers.get("content-disposition", ""))
        if "name" in disposition:
            kind = headers.get("content-type", "application/octet-stream")
            parts.append(_Part(disposition["name"], disposition.get("filename"), kind, content))
    return parts
