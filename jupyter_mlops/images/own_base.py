"""A base image of one's own: its name, the steps that run on it, the table of GPU bases. Purely computational."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jupyter_mlops.errors import UsageError
from jupyter_mlops.records import ManifestBase, digest_of

__all__ = [
    "CUDA_VERSIONS",
    "LICENCE",
    "first_lines",
    "froms",
    "frozen_name",
    "gpu_base",
    "is_dockerfile",
    "key",
    "registry_of",
    "said",
]

LICENCE = (
    "CUDA in this base is NVIDIA's: by using it you accept the NVIDIA Deep Learning Container License "
    "(https://developer.nvidia.com/ngc/nvidia-deep-learning-container-license)"
)

_HUB = "docker.io"


@dataclass(frozen=True)
class _Cuda:
    """NVIDIA's images for one version of CUDA: the tag's beginning, and how each Python comes into which system."""

    tag: str
    ubuntu: dict[str, str]
    """Python's minor version → the Ubuntu that has it."""
    rocky: str | None = None
    """The Rocky Linux that has Python 3.11 and 3.12."""


_CUDA = {
    "12.6": _Cuda("12.6.3-cudnn-runtime", {"3.12": "ubuntu24.04"}, "rockylinux9"),
    "12.4": _Cuda("12.4.1-cudnn-runtime", {}, "rockylinux9"),
    "11.8": _Cuda("11.8.0-cudnn8-runtime", {}, "rockylinux8"),
}
CUDA_VERSIONS = tuple(_CUDA)
"""The newest first; it is the default."""

_ROCKY_PYTHONS = ("3.11", "3.12")


def gpu_base(python: str, cuda: str | None = None) -> ManifestBase:
    """NVIDIA's runtime image with CUDA and cuDNN, and the steps that put this Python into it.

    `python` is `3.11` or `3.11.4`, `cuda` `12.6` or `12.6.3`. Raises `UsageError` naming what there is.
    """
    wanted = CUDA_VERSIONS[0] if cuda is None else ".".join(str(cuda).split(".")[:2])
    known = _CUDA.get(wanted)
    if known is None:
        raise UsageError(
            f"no GPU base by name has CUDA {cuda}",
            hint=f"cuda_version is one of {', '.join(CUDA_VERSIONS)}; or base_image=… of your own",
        )
    minor = ".".join(python.split(".")[:2])
    if minor in known.ubuntu:
        system = known.ubuntu[minor]
        install = (
            f"RUN apt-get update && apt-get install -y --no-install-recommends python{minor} python{minor}-venv && \\\n"
            "    rm -rf /var/lib/apt/lists/*"
        )
    elif known.rocky and minor in _ROCKY_PYTHONS:
        system = known.rocky
        install = f"RUN dnf install -y python{minor} && dnf clean all"
    else:
        raise UsageError(
            f"no GPU base by name has CUDA {wanted} and Python {minor}",
            hint="give one of your own: base_image=…, with steps that put Python into it where it has none",
        )
    steps = (
        f"# {LICENCE}\n{install} && \\\n    ln -sf /usr/bin/python{minor} /usr/local/bin/python3\n"
        "ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility"
    )
    return ManifestBase(reference=f"nvidia/cuda:{known.tag}-{system}", steps=steps)


def registry_of(reference: str) -> str:
    """The registry that an engine asks for a reference: `127.0.0.1:5000`, `docker.io`."""
    first, slash, _ = reference.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else _HUB


def froms(dockerfile: str) -> list[str]:
    """The images that a Dockerfile begins its stages from, those that are stages themselves left out.

    One that an ARG names is not known here; the builder finds it.
    """
    found: list[str] = []
    stages = {"scratch"}
    for match in re.finditer(r"(?mi)^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", dockerfile):
        image, stage = match.groups()
        if image.lower() not in stages and "$" not in image and image not in found:
            found.append(image)
        if stage:
            stages.add(stage.lower())
    return found


def is_dockerfile(text: str) -> bool:
    """Whether the text begins from an image of its own (`FROM`), rather than being steps on another."""
    return re.search(r"(?mi)^\s*FROM\s+\S", text) is not None


def key(base: ManifestBase, below: str) -> str:
    """What a base that is built is known by: all that decides over it. `below` is the id of what its steps run on."""
    return digest_of(["base", below, base.steps, base.dockerfile])[:24]


def first_lines(base: ManifestBase, default: str) -> str:
    """The beginning of a Dockerfile that stands on this base: `FROM` and the steps. `default` is the default base."""
    if base.dockerfile:
        return "\n\n".join(part for part in (base.dockerfile.strip(), base.steps.strip()) if part)
    return "\n\n".join(part for part in (f"FROM {_pinned(base, default)}", base.steps.strip()) if part)


def frozen_name(base: ManifestBase) -> str:
    """The base as it is frozen: `name@sha256:…`, or in words where it has no name."""
    if not base.reference:
        return said(base)
    return f"{base.reference}@{base.id}" if base.id else _pinned(base, "")


def _pinned(base: ManifestBase, default: str) -> str:
    reference = base.reference or default
    return reference if base.digest is None or "@" in reference else f"{reference}@{base.digest}"


def said(base: ManifestBase) -> str:
    """A base in a few words: `python:3.11-slim, with 2 steps`."""
    name = "a Dockerfile" if base.dockerfile else base.reference or "the default base"
    steps = len([line for line in base.steps.splitlines() if re.match(r"[A-Za-z]+\s", line)])
    return f"{name}, with {steps} step{'s' if steps != 1 else ''}" if steps else name
