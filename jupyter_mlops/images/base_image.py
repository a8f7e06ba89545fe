"""What an image stands on: which Python a base image has, and whether it can be used at all. Purely computational."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

from jupyter_mlops.errors import ImageError

__all__ = ["ASK", "BaseImage", "Credentials", "default_bases", "read_answer"]

ASK = r"""
for python in python3 python "$(ls -d /opt/*/bin/python3 /opt/*/*/bin/python3 2>/dev/null | head -n 1)"; do
  found=$(command -v "$python" 2>/dev/null) && [ -n "$found" ] && exec "$found" -c '
import importlib.util, json, platform, sys
wanted = "ssl", "zlib", "ctypes", "multiprocessing"
print(json.dumps({"python": platform.python_version(), "path": sys.executable, "machine": platform.machine(),
                  "libc": platform.libc_ver(),
                  "lacks": [name for name in wanted if not importlib.util.find_spec(name)]}))'
done
echo '{"python": null}'
"""
"""A shell's script that is run in a base image: it says in JSON what Python there is."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """For a registry. They go to the engine alone; no repr, log, layer or database has them."""

    username: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(…)"


@dataclass(frozen=True, kw_only=True)
class BaseImage:
    """A base image in an engine. `id` is its digest there, `diff_ids` its layers, the lowest first."""

    reference: str
    id: str
    diff_ids: tuple[str, ...]
    python: str
    """Its version: `3.11.2`."""
    python_path: str
    machine: str
    """As `platform.machine()` says: `x86_64`."""
    glibc: str | None
    """None where the C library is another one (musl)."""
    architecture: str
    os: str
    environment: tuple[str, ...] = ()

    @property
    def minor(self) -> str:
        return ".".join(self.python.split(".")[:2])

    @property
    def platform(self) -> str:
        """What uv calls the platform whose wheels run here."""
        machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(self.machine, self.machine)
        if self.glibc is None:
            return f"{machine}-unknown-linux-musl"
        minor = int(self.glibc.split(".")[1])
        known = [number for number in (17, *range(28, 41)) if number <= minor]
        return f"{machine}-manylinux_2_{known[-1] if known else 17}"


def read_answer(reference: str, answer: str, attributes: dict[str, Any], wanted: str) -> BaseImage:
    """The base image from what `ASK` printed in it and what the engine says of it (`inspect`).

    `wanted` is the Python version of the lock. Raises `ImageError` that names what is missing.
    """
    minor = ".".join(wanted.split(".")[:2])
    lines = [line for line in answer.strip().splitlines() if line.startswith("{")]
    known: dict[str, Any] = json.loads(lines[-1]) if lines else {"python": None}
    if known["python"] is None:
        raise ImageError(
            "the base image has no Python that we can use",
            where=reference,
            hint=f"use python:{minor}-slim, or a step that puts one into it",
        )
    if known["lacks"]:
        raise ImageError(
            f"the Python of the base image lacks {', '.join(known['lacks'])}",
            where=reference,
            hint=f"use one with a whole Python: python:{minor}-slim",
        )
    family, version = (*known["libc"], "", "")[:2]
    base = BaseImage(
        reference=reference,
        id=attributes["Id"],
        diff_ids=tuple(attributes["RootFS"]["Layers"]),
        python=known["python"],
        python_path=known["path"],
        machine=known["machine"],
        glibc=version if family == "glibc" else None,
        architecture=attributes["Architecture"],
        os=attributes["Os"],
        environment=tuple((attributes.get("Config") or {}).get("Env") or ()),
    )
    if base.minor != minor:
        raise ImageError(
            f"this base has Python {base.python}, the environment was locked for {minor}",
            where=reference,
            hint=f"use one that has it: --base-image python:{minor}-slim; or a kernel of Python {base.minor}",
        )
    return base


def default_bases(python: str) -> tuple[str, ...]:
    """The base images for a Python version, the preferred first: JUPYTER_MLOPS_BASE_IMAGE, what `scripts/base-image`
    makes, Docker Hub's slim one.
    """
    minor = ".".join(python.split(".")[:2])
    chosen = os.environ.get("JUPYTER_MLOPS_BASE_IMAGE")
    return (chosen,) if chosen else (f"jupyter-mlops/base:{minor}", f"python:{minor}-slim")
