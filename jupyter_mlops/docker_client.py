"""The Docker engine, as the user's `docker` is set up, and its errors in one line.

The rule: imports nothing but `errors`; the SDK (`jupyter-mlops[docker]`) only when an engine is asked for.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from typing import Any

from jupyter_mlops.errors import ImageError, MlopsError, RequirementError, ServiceError, StorageError

__all__ = ["answers", "connect", "engine_errors"]

_ANSWER_S = 600
"""A load or a commit of some GB is one request."""


def address() -> str:
    """Where the engine is: DOCKER_HOST, else the context that `docker context use` chose."""
    chosen = os.environ.get("DOCKER_HOST")
    if chosen:
        return chosen
    from docker.context import ContextAPI

    with contextlib.suppress(Exception):
        context = ContextAPI.get_current_context()
        if context is not None and context.Host:
            return str(context.Host)
    return "unix:///var/run/docker.sock"


def connect(timeout: float = _ANSWER_S) -> Any:
    """A client (`docker.DockerClient`) of the engine, which has answered.

    Raises `RequirementError` without the SDK, `ServiceError` when no engine answers.
    """
    try:
        import docker
        from docker.errors import DockerException
    except ModuleNotFoundError as error:
        raise RequirementError(
            f"Docker needs the package {error.name!r}", hint="pip install 'jupyter-mlops[docker]'"
        ) from error
    where = address()
    try:
        _knock(where)
        client = docker.from_env(timeout=timeout, environment={**os.environ, "DOCKER_HOST": where})
        client.ping()
    except (DockerException, OSError, ValueError) as error:
        raise ServiceError(
            f"no Docker engine answers at {_without_user(where)}",
            hint="start it, or set DOCKER_HOST; --target process needs none",
        ) from error
    return client


def _knock(where: str) -> None:
    """Raise OSError when nobody listens on the engine's socket: the SDK takes longer to say so, and leaves one open."""
    if where.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(where.removeprefix("unix://"))


def answers() -> bool:
    """Whether an engine can be used."""
    try:
        connect(timeout=5).close()
    except MlopsError:
        return False
    return True


def _without_user(url: str) -> str:
    return re.sub(r"//[^@/]*@", "//", url)


_KNOWN: tuple[tuple[str, type[MlopsError], str, str | None], ...] = (
    (r"no space left on device", StorageError, "the disk of the Docker engine is full", "docker system prune"),
    (
        r"(port is already allocated|address already in use)",
        ServiceError,
        "the port is taken on the machine of the Docker engine",
        "choose another with --port, or leave it out",
    ),
    (r"exec format error", ServiceError, "the image is made for another architecture than the engine's", None),
    (
        r"No such image|reference does not exist|manifest unknown",
        ImageError,
        "the image is not in the Docker engine any more",
        "deploy it again: it is made anew from the workspace",
    ),
    (
        r"could not select device driver .* with capabilities: \[\[gpu",
        ServiceError,
        "the Docker engine has no GPU to give",
        "leave out --gpu, or install the NVIDIA container toolkit",
    ),
)


@contextlib.contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """The SDK's exceptions as one line; `doing` says what was tried: `start the container`."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except (DockerException, RequestException) as error:
        raise _told(doing, error) from error


def _told(doing: str, error: Exception) -> MlopsError:
    said = str(getattr(error, "explanation", None) or error).strip()
    for pattern, kind, what, hint in _KNOWN:
        if re.search(pattern, said):
            return kind(what, hint=hint, details=said)
    if re.search(r"Connection (aborted|refused|reset)|Error while fetching server API|RemoteDisconnected", said):
        return ServiceError("the Docker engine does not answer any more", hint="start it again")
    first, _, rest = said.partition("\n")
    return ServiceError(f"the Docker engine could not {doing}: {first}", details=rest or None)
