"""What is asked of a service that is up: keys, logs, metrics, a request, its schema."""

from __future__ import annotations

import base64
import binascii
import hashlib
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


# ── logs ──

_ANCHOR = 64
"""So many lines say where in a log a reader is: the log may be rotated, and has no numbers."""

_FURTHEST = 5000


@outside
def logs(asked: Asked) -> dict[str, Any]:
    """The end of its log; with a cursor, what came since."""
    lines, count = list(_service(asked).logs(lines=_FURTHEST)), asked.query["lines"]
    given, cursor = asked.query["cursor"], _cursor(lines)
    start = None if given is None else _after(lines, given)
    if start is None:
        return {"lines": lines[-count:], "cursor": cursor, "reset": given is not None}
    new = lines[start:]
    return {"lines": new[-count:], "cursor": cursor, "reset": len(new) > count}


def _cursor(lines: list[str]) -> str:
    anchor = lines[-_ANCHOR:]
    return f"{len(anchor)}-{_digest(anchor)}"


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode(errors="replace")).hexdigest()[:32]


def _after(lines: list[str], cursor: str) -> int | None:
    """Where the lines after the cursor begin; None when it is nowhere in them. Raises `UsageError`."""
    length, _, digest = cursor.partition("-")
    if not length.isdecimal() or not digest:
        raise UsageError(f"{cursor!r} is no cursor of a log", where="query cursor", hint="take the last answer's")
    size = int(length)
    if size > _ANCHOR:
        raise UsageError(f"{cursor!r} is no cursor of a log", where="query cursor", hint="take the last answer's")
    # A log that was shorter than an anchor was all of it: it can only be at the beginning.
    ends = range(len(lines), size - 1, -1) if size == _ANCHOR else [size] if size <= len(lines) else []
    return next((end for end in ends if _digest(lines[end - size : end]) == digest), None)


# ── a request ──


@outside
def test(asked: Asked) -> dict[str, Any]:
    """Send a request, and show all of the answer."""
    given = asked.body
    if len(given) != 1:
        raise UsageError("give data, body or body_base64, one of them", where="body")
    service = _service(asked)
    if "data" in given:
        return _answered(service.test(given["data"]))
    return _answered(service.test(body=given["body"] if "body" in given else _bytes(given["body_base64"])))


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise UsageError(f"is no base64: {error}", where="body.body_base64") from None


def _answered(result: TestResult) -> dict[str, Any]:
    kind = next((value for name, value in result.headers.items() if name.lower() == "content-type"), "")
    binary = bool(kind) and not kind.startswith("text/") and "json" not in kind and "xml" not in kind
    return {
        "ok": result.ok,
        "status": result.status,
        "milliseconds": result.milliseconds,
        "answer": None if binary else result.answer,
        "text": not binary and isinstance(result.answer, str) and "json" not in kind,
        "answer_base64": base64.b64encode(result.raw).decode() if binary else None,
        "headers": dict(result.headers),
        "wanted": result.wanted,
        "sent": result.body if isinstance(result.body, str) else None,
    }


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
