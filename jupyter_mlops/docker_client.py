"""The Docker engine, as the user's `docker` is set up, and its errors in one line.

The rule: imports nothing but `errors`; the SDK (`jupyter-mlops[docker]`) only when an engine is asked for.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
from collections.abc import Iterator
from typing import Any

from jupyter_mlops.errors import ImageError, MlopsError, RequirementError, ServiceError, StorageError

__all__ = ["answers", "connect", "ends_with_its_layers", "engine_errors"]

_ANSWER_S = 600
"""A load or a commit of some GB is one request."""

_OLDEST = (1, 40)
"""The API of Docker 19.03, the first that gives GPUs to a container; BuildKit is a year older."""


def address() -> str:
    """Where the engine is: DOCKER_HOST, else the context of DOCKER_CONTEXT or `docker context use`.

    Raises `ServiceError` when there is no such context.
    """
    return _endpoint()[0]


def _endpoint() -> tuple[str, Any]:
    """Its address, and the TLS settings that go with it (None: none)."""
    from docker.errors import DockerException
    from docker.utils import kwargs_from_env

    try:
        if os.environ.get("DOCKER_HOST"):
            return os.environ["DOCKER_HOST"], kwargs_from_env(dict(os.environ)).get("tls")
        return _of_context(os.environ.get("DOCKER_CONTEXT"))
    except (DockerException, OSError, ValueError) as error:
        first = str(error).strip().partition("\n")[0]
        raise ServiceError(
            f"how to reach the Docker engine cannot be read: {first}",
            hint="look at DOCKER_CERT_PATH and docker context ls",
        ) from error


def _of_context(name: str | None) -> tuple[str, Any]:
    from docker.context import ContextAPI

    context = ContextAPI.get_context(name)
    if context is None:
        raise ServiceError(
            f"there is no Docker context {name!r}" if name else "the chosen Docker context is gone",
            hint="docker context ls, docker context use default",
        )
    tls = context.TLSConfig
    return str(context.Host or "unix:///var/run/docker.sock"), tls if getattr(tls, "ca_cert", None) else None


def connect(timeout: float = _ANSWER_S) -> Any:
    """A client (`docker.DockerClient`) of the engine, which has answered.

    Raises `RequirementError` without the SDK, `ServiceError` when no engine answers, when this user may not use it, or
    when it is too old.
    """
    try:
        from docker.errors import DockerException
    except ModuleNotFoundError as error:
        raise RequirementError(
            f"Docker needs the package {error.name!r}", hint="pip install 'jupyter-mlops[docker]'"
        ) from error
    where, tls = _endpoint()
    shown = _without_user(where)
    try:
        _knock(where)
        api = _asked_version(where, tls, timeout)
        if _numbers(api) >= _OLDEST:
            return _client(where, tls, timeout, api)
    except PermissionError as error:
        raise ServiceError(
            f"you may not use the Docker engine at {shown}",
            hint='sudo usermod -aG docker "$USER", then log in again; --target process needs none',
        ) from error
    except (DockerException, OSError, ValueError) as error:
        raise _no_answer(shown, tls, str(error)) from error
    raise ServiceError(
        f"the Docker engine at {shown} is too old (its API is {api})",
        hint="Docker 19.03 or newer is needed; --target process needs none",
    )


def _asked_version(where: str, tls: Any, timeout: float) -> str:
    """The version of the engine's API."""
    client = _client(where, tls, timeout, "1.40")
    try:
        return str(client.api.version(api_version=False)["ApiVersion"])
    finally:
        client.close()


def _client(where: str, tls: Any, timeout: float, version: str) -> Any:
    from jupyter_mlops.docker_sdk import Client

    client = Client(
        base_url=where, tls=tls or False, timeout=timeout, version=version, use_ssh_client=where.startswith("ssh://")
    )
    # Else the company's certificates of REQUESTS_CA_BUNDLE would be held to be those of the engine.
    client.api.trust_env = False
    return client


def _no_answer(shown: str, tls: Any, said: str) -> ServiceError:
    if "HTTPS server" in said:
        return ServiceError(
            f"the Docker engine at {shown} wants TLS",
            hint="export DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=… (ca.pem, cert.pem, key.pem)",
        )
    if tls is not None and re.search(r"(?i)certificate|ssl|tls", said):
        return ServiceError(
            f"the Docker engine at {shown} and this machine do not trust each other",
            hint="look at the certificates in DOCKER_CERT_PATH, or of the context",
            details=said,
        )
    return ServiceError(
        f"no Docker engine answers at {shown}", hint="start it, or set DOCKER_HOST; --target process needs none"
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


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


def ends_with_its_layers(image: Any, label: str) -> bool:
    """Whether the layers that a label of ours lists (JSON, each with its `diff_id`) are the image's last ones, or none
    is listed: what somebody built on such an image has its labels, and more layers.
    """
    listed = [layer["diff_id"] for layer in json.loads(image.labels.get(label, "[]"))]
    return not listed or image.attrs["RootFS"]["Layers"][-len(listed) :] == listed


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
