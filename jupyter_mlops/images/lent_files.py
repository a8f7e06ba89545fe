"""A Dockerfile whose RUN steps see files that the build is lent, and the settings that name them. Computational.

The files lie in an image of their own, which each step mounts: they are in no layer of what is built, and not in the
build's context either, which a `COPY .` or an ONBUILD of the base would take. What the history tells is where they
were. ARG, unlike ENV, lasts for the build alone, and an ENV of the Dockerfile's own counts before it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

__all__ = ["FOLDER", "mounted"]

FOLDER = "/run/mlops-build"
_SETTINGS = {
    "ca.crt": ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"),
    "pip.conf": ("PIP_CONFIG_FILE",),
    "uv.toml": ("UV_CONFIG_FILE",),
    "netrc": ("NETRC",),
}
_HEREDOC = re.compile(r"(?:^|\s)\d*<<(-?)([\"']?)(\w+)\2(?=\s|$)")
"""https://docs.docker.com/reference/dockerfile/#here-documents"""


def mounted(dockerfile: str, image: str, files: Collection[str]) -> str:
    """The Dockerfile with `image` mounted in each RUN; `files` are the names of those in it. Without any: as it is."""
    if not files:
        return dockerfile
    mount = f"--mount=type=bind,from={image},target={FOLDER}"
    arguments = [f"ARG {name}={FOLDER}/{file}" for file in _SETTINGS if file in files for name in _SETTINGS[file]]
    lines: list[str] = []
    for instruction in _instructions(dockerfile):
        first = re.sub(r"(?i)^(\s*RUN)(?=\s|$)", rf"\1 {mount}", instruction[0])
        lines += [first, *instruction[1:]]
        if re.match(r"(?i)\s*FROM\s", instruction[0]):
            lines += arguments
    return "\n".join(lines) + "\n"


def _instructions(dockerfile: str) -> Iterator[list[str]]:
    """The lines of each instruction; a comment or an empty line between two is one by itself."""
    lines = dockerfile.splitlines()
    escape = _escape(lines)
    while lines:
        taken = [lines.pop(0)]
        while lines and not _silent(taken[0]) and (_silent(taken[-1]) or taken[-1].rstrip().endswith(escape)):
            taken.append(lines.pop(0))
        for dash, _, word in _HEREDOC.findall("\n".join(taken)):
            ends = [line.lstrip("\t") if dash else line for line in lines]
            if word in ends:
                end = ends.index(word) + 1
                taken += lines[:end]
                del lines[:end]
        yield taken


def _silent(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _escape(lines: list[str]) -> str:
    """The character that continues a line: a directive on top may choose another one."""
    for line in lines:
        directive = re.match(r"(?i)#\s*(\w+)\s*=\s*(\S+)", line)
        if directive is None:
            break
        if directive[1].lower() == "escape":
            return directive[2]
    return "\\"
