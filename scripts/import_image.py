"""Put a root file system (a tar) into the Docker engine as an image: `import_image.py ROOT.tar TAG`."""

from __future__ import annotations

import http.client
import os
import socket
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over the engine's socket."""

    def __init__(self, path: str) -> None:
        super().__init__("docker")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


def engine() -> http.client.HTTPConnection:
    """A connection to DOCKER_HOST, or to the engine of this machine."""
    address = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    if address.scheme == "unix":
        return _UnixConnection(address.path)
    if address.scheme == "tcp" and address.hostname is not None:
        return http.client.HTTPConnection(address.hostname, address.port or 2375)
    raise SystemExit(f"DOCKER_HOST={address.geturl()}: unix:// or tcp:// is wanted")


def main(root: str, tag: str) -> int:
    name, _, version = tag.rpartition(":")
    connection = engine()
    changes = "".join(
        f"&changes={quote(line)}"
        for line in (
            "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "ENV LANG=C.UTF-8",
            "CMD python3",
        )
    )
    headers = {"Content-Type": "application/x-tar", "Content-Length": str(Path(root).stat().st_size)}
    with Path(root).open("rb") as file:
        path = f"/images/create?fromSrc=-&repo={quote(name)}&tag={quote(version)}{changes}"
        connection.request("POST", path, body=file, headers=headers)
        response = connection.getresponse()
        said = response.read().decode()
    if response.status >= 300 or '"error"' in said:
        print(f"the engine refused the image ({response.status}): {said.strip()}", file=sys.stderr)
        return 1
    print(tag)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
