"""The Dockerfile rendering of an image: the same layers at the same places, as text. Purely computational.

It needs BuildKit (bind and secret mounts): what a build on a company's network needs (certificates, pip.conf, netrc)
is mounted while packages are installed and reaches no layer, no history and no label.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from jupyter_mlops.images import layout, own_base
from jupyter_mlops.images.container import (
    ENVIRONMENT,
    FRONT_USER,
    GROUP,
    IMAGE,
    PORT,
    RUN,
    SERVER,
    WORKER_USER,
    command,
)
from jupyter_mlops.records import ImageManifest, ManifestBase

__all__ = ["FILES", "SECRETS", "render"]

FILES = {"ca.crt": "/run/secrets/ca.crt", "pip.conf": "/run/secrets/pip.conf", "netrc": "/root/.netrc"}
"""What may be mounted while packages are installed, each optional: `docker build --secret id=ca.crt,src=…`."""

SECRETS = "secrets"
"""The folder of the context that has them for an engine that takes no secrets."""

_TRUSTED = (
    "if [ -s /run/secrets/ca.crt ]; then export PIP_CERT=/run/secrets/ca.crt SSL_CERT_FILE=/run/secrets/ca.crt; fi; "
    "if [ -s /run/secrets/pip.conf ]; then export PIP_CONFIG_FILE=/run/secrets/pip.conf; fi"
)


def render(
    manifest: ImageManifest,
    base: str,
    *,
    labels: Mapping[str, str] = {},
    wheels: bool = False,
    bound: Sequence[str] | None = None,
) -> str:
    """The text. `base` is the reference of the default base, best with its digest; what the manifest says of a base,
    its steps among it, comes in its place. `wheels`: the context has distributions in `wheels/`.

    `bound` are names of `FILES` that the context has in `secrets/`; None: they come as secrets of the build.
    """
    own = manifest.base or ManifestBase()
    title = f"# {manifest.script.name}, sha256:{manifest.digest[:12]}. Build it with BuildKit: docker build ."
    beginning = own_base.first_lines(own, base)
    blocks = [
        *((beginning, title) if own.dockerfile else (title, beginning)),  # its first line may be a directive
        "USER root",
        _install(ENVIRONMENT, "requirements.txt", bound, wheels=wheels),
        _install(SERVER, "server-requirements.txt", bound, wheels=False),
        _site("server", SERVER),
        *(_copy_model(manifest, number) for number in range(len(manifest.models))),
        _copy_script(manifest),
        _places(),
        "\n".join(f"LABEL {name}={json.dumps(value)}" for name, value in sorted(labels.items())),
        f"USER {WORKER_USER}:{GROUP}\nWORKDIR /{IMAGE}/{layout.APP}\nEXPOSE {PORT}\nSTOPSIGNAL SIGTERM",
        f"HEALTHCHECK NONE\nENTRYPOINT []\nCMD {json.dumps(command())}",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _install(root: str, listed: str, bound: Sequence[str] | None, *, wheels: bool) -> str:
    """A venv with these requirements alone; no cache and no installer stays in it."""
    mounts = [_mount(name, at, bound) for name, at in FILES.items() if bound is None or name in bound]
    mounts += [
        "--mount=type=cache,target=/root/.cache/pip",
        f"--mount=type=bind,source={listed},target=/tmp/requirements.txt",
    ]
    mounts += ["--mount=type=bind,source=wheels,target=/tmp/wheels"] if wheels else []
    links = " --find-links /tmp/wheels" if wheels else ""
    steps = [
        _TRUSTED,
        f"python3 -m venv /{root}",
        f"/{root}/bin/python -m pip install --no-deps --no-compile{links} -r /tmp/requirements.txt",
        f"/{root}/bin/python -m pip uninstall --yes --quiet pip setuptools",
        f"python3 -m compileall -q --invalidation-mode unchecked-hash /{root}",
    ]
    return "RUN " + " \\\n    ".join(mounts) + " \\\n    " + " && \\\n    ".join(steps)


def _mount(name: str, at: str, bound: Sequence[str] | None) -> str:
    if bound is None:
        return f"--mount=type=secret,id={name},target={at}"
    return f"--mount=type=bind,source={SECRETS}/{name},target={at}"


def _site(source: str, root: str) -> str:
    """Our own files into the venv, whatever its Python's minor version is."""
    return (
        f"RUN --mount=type=bind,source={source},target=/tmp/{source} \\\n"
        f"    cp -R /tmp/{source}/. /{root}/lib/python3.*/site-packages/ && chmod -R a+rX,go-w /{root}"
    )


def _copy_model(manifest: ImageManifest, number: int) -> str:
    folder = layout.model_folder(manifest.models[number])
    return f"COPY {PurePosixPath(folder)} /{IMAGE}/{folder}"


def _copy_script(manifest: ImageManifest) -> str:
    folder = layout.source_folder(manifest.script)
    documents = f"{layout.LOCK} {layout.MANIFEST} container.json revision.json"
    return f"COPY {folder} /{IMAGE}/{folder}\nCOPY {documents} /{IMAGE}/"


def _places() -> str:
    """What volumes are mounted over, and the place that Azure ML had."""
    return (
        f"RUN mkdir -p /{RUN}/front /{RUN}/sockets /{IMAGE}/{layout.MODELS} && \\\n"
        f"    chown {FRONT_USER}:{GROUP} /{RUN}/front && chmod 700 /{RUN}/front && \\\n"
        f"    chown {WORKER_USER}:{GROUP} /{RUN}/sockets && chmod 750 /{RUN}/sockets && \\\n"
        f"    chmod -R a+rX,go-w /{IMAGE} && ln -sfn /{IMAGE}/{layout.APP} /var/azureml-app"
    )
