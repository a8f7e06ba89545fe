"""A request to a service, as any client would send it, with its failures in one line."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from jupyter_mlops.errors import ServiceError

if TYPE_CHECKING:
    import httpx

__all__ = ["Response", "score"]

_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Response:
    """What came back: `headers` by lower-case name, `milliseconds` from sending to the last byte."""

    status: int
    headers: dict[str, str]
    body: bytes
    milliseconds: float


def score(
    uri: str,
    key: str | None,
    body: bytes | str,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
    service: str | None = None,
    verify: str | bool = True,
    longest: int | None = None,
) -> Response:
    """POST `body` (JSON unless the headers say otherwise) to a scoring URI with `key` as Bearer.

    `timeout` in seconds (default 120) is for each wait; `service` is the name to use in errors; `verify` the file of
    the certificate to trust. Any answer of the script is returned, whatever its status.
    `longest` is how many bytes of an answer are taken. Raises `ServiceError` when nobody answers, when the key is
    refused, and for a longer answer.
    """
    import httpx

    sent = {"Content-Type": "application/json"} | dict(headers or {})
    if key is not None:
        sent["Authorization"] = f"Bearer {key}"
    name = f"service {service!r}" if service else "the service"
    limit = _TIMEOUT_S if timeout is None else timeout
    began = perf_counter()
    try:
        # trust_env=False: a proxy of the company has no business with a service on this machine
        with (
            httpx.Client(timeout=limit, verify=_trust(verify), trust_env=not _is_local(uri)) as client,
            client.stream("POST", uri, content=body, headers=sent) as answer,
        ):
            content = _read(answer, longest, name)
    except httpx.ConnectError as error:
        if "certificate" in str(error).lower():
            hint = "ssl_cert_file of the service's options is the one to trust"
            raise ServiceError(
                f"{name} has a certificate that is not trusted: {error}", where=uri, hint=hint
            ) from error
        raise ServiceError(f"{name} is not running: nobody listens at {uri} ({error})", hint=_start(service)) from error
    except httpx.TimeoutException as error:
        raise ServiceError(f"{name} did not answer within {limit:g} s", where=uri, hint="give it more time") from error
    except httpx.HTTPError as error:
        raise ServiceError(f"{name} broke off: {str(error) or type(error).__name__}", where=uri) from error
    milliseconds = (perf_counter() - began) * 1000
    if answer.status_code in (401, 403):
        raise _refused(service, answer.status_code, key)
    return Response(answer.status_code, dict(answer.headers), content, milliseconds)


def _read(answer: httpx.Response, longest: int | None, name: str) -> bytes:
    if longest is None:
        return answer.read()
    content = bytearray()
    for block in answer.iter_bytes():
        content += block
        if len(content) > longest:
            raise ServiceError(
                f"{name} answers more than the {longest >> 20} MiB that are shown here",
                hint="call its scoring URI itself",
            )
    return bytes(content)


def _trust(verify: str | bool) -> ssl.SSLContext | bool:
    if isinstance(verify, bool):
        return verify
    try:
        return ssl.create_default_context(cafile=verify)
    except OSError as error:
        raise ServiceError(f"the certificate cannot be read: {error.strerror or error}", where=verify) from error


def _is_local(uri: str) -> bool:
    from urllib.parse import urlsplit

    return urlsplit(uri).hostname in ("127.0.0.1", "localhost", "::1")


def _start(service: str | None) -> str | None:
    return f"Webservice(ws, {service!r}).start() starts it again" if service else None


def _refused(service: str | None, status: int, key: str | None) -> ServiceError:
    name = f"service {service!r}" if service else "the service"
    keys = f"Webservice(ws, {service!r}).get_keys()" if service else "service.get_keys()"
    if key is None:
        return ServiceError(
            f"{name} wants a key ({status})",
            hint=f"send one of {keys} as Bearer, or deploy with auth_enabled=False",
        )
    return ServiceError(
        f"{name} refuses this key ({status}): it is neither its primary nor its secondary key",
        hint=f"it may have been regenerated: {keys}",
    )
