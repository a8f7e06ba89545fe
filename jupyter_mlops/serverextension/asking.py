"""What is asked of a service that is up: keys, logs, metrics, a request, its schema."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import ServiceError, UsageError
from jupyter_mlops.serverextension.asked import Asked, outside

if TYPE_CHECKING:
    from jupyter_mlops.sdk.requests import TestResult
    from jupyter_mlops.sdk.webservice import Webservice

__all__ = ["keys", "logs", "metrics", "regenerate", "swagger", "test"]


def _service(asked: Asked) -> Webservice:
    from jupyter_mlops.sdk.webservice import Webservice

    return Webservice(asked.workspace, asked.name)


def keys(asked: Asked) -> dict[str, Any]:
    """Its keys: on an explicit POST, and nowhere else."""
    primary, secondary = _service(asked).get_keys()
    return {"primary": primary, "secondary": secondary}


@outside
def regenerate(asked: Asked) -> dict[str, Any]:
    """Make one of them new."""
    _service(asked).regen_key(asked.body["key"])
    return keys(asked)


@outside
def metrics(asked: Asked) -> dict[str, Any]:
    """Its last seconds."""
    return asked.running.readings.metrics(_service(asked), asked.query["window"])


@outside
def logs(asked: Asked) -> dict[str, Any]:
    """The end of its log; with a cursor, what came since."""
    from jupyter_mlops.sdk.log_pages import read

    page = read(_service(asked), asked.query["cursor"], asked.query["lines"])
    return {"lines": [*page.lines], "cursor": page.cursor, "reset": page.reset}


# ── a request ──

_LONGEST_ANSWER = 64 << 20
"""Bytes: a browser shows no more, and this server holds no more."""


@outside
def test(asked: Asked) -> dict[str, Any]:
    """Send a request, and show all of the answer."""
    from jupyter_mlops.sdk.requests import send

    given = asked.body
    said = [part for part in ("data", "body", "body_base64") if part in given]
    if len(said) != 1:
        raise UsageError("give data, body or body_base64, one of them", where="body")
    data = _bytes(given["body_base64"]) if said == ["body_base64"] else given[said[0]]
    return _answered(send(_service(asked), data, content_type=given.get("content_type"), longest=_LONGEST_ANSWER))


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise UsageError(f"is no base64: {error}", where="body.body_base64") from None


def _answered(result: TestResult) -> dict[str, Any]:
    kind = next((value for name, value in result.headers.items() if name.lower() == "content-type"), "")
    binary = _is_binary(kind, result.raw)
    return {
        "ok": result.ok,
        "status": result.status,
        "milliseconds": result.milliseconds,
        "answer": None if binary else result.answer,
        "text": not binary and isinstance(result.answer, str) and "json" not in kind,
        "answer_base64": base64.b64encode(result.raw).decode() if binary else None,
        "content_type": kind or None,
        "size": len(result.raw),
        "headers": dict(result.headers),
        "wanted": result.wanted,
        "sent": result.body if isinstance(result.body, str) else None,
    }


def _is_binary(kind: str, content: bytes) -> bool:
    """By its type, and where that says nothing by its bytes."""
    if kind:
        return not kind.startswith("text/") and "json" not in kind and "xml" not in kind
    try:
        content.decode()
    except UnicodeDecodeError:
        return True
    return False


@outside
def swagger(asked: Asked) -> dict[str, Any]:
    """Its schema, as it says it itself. Raises `ServiceError` when it does not answer."""
    import httpx

    service = _service(asked)
    uri = service.swagger_uri
    if uri is None:
        raise ServiceError(f"service {service.name!r} is not up", hint=f"%start_service {service.name}")
    headers = {"Authorization": f"Bearer {service.get_keys()[0]}"} if service.auth_enabled else {}
    verify = service.options.ssl_cert_file or True
    try:
        answer = httpx.get(
            uri, params={"version": asked.query["version"]}, headers=headers, timeout=10, verify=verify, trust_env=False
        )
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise ServiceError(f"service {service.name!r} does not say its schema: {error}", where=uri) from error
    return document
