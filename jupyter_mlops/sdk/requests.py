"""Asking a service: data becomes a request body, and the answer says all that there is to know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import ServiceError, UsageError
from jupyter_mlops.sdk.listing import line

if TYPE_CHECKING:
    from jupyter_mlops.sdk.deployed_service import DeployedService

__all__ = ["TestResult", "answered", "body_of", "request_schema", "send", "use_key"]

_KEY_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """The answer to one request: its status, the milliseconds it took, the parsed `answer` (text, when it is not
    JSON), the headers, the `body` that was sent, and for a refused request the schema that was `wanted` (OpenAPI).
    """

    __test__ = False  # not a class of tests

    service: str
    status: int
    milliseconds: float
    answer: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    wanted: dict[str, Any] | None = None
    body: str | bytes = ""
    raw: bytes = b""
    """The answer's bytes, for one that is neither JSON nor text (an image)."""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def message(self) -> str:
        """What the service said about a request that did not go well."""
        if isinstance(self.answer, Mapping) and "message" in self.answer:
            return str(self.answer["message"])
        return str(self.answer)

    def __repr__(self) -> str:
        told = repr(self.answer)
        return line(
            "TestResult",
            service=self.service,
            status=self.status,
            milliseconds=round(self.milliseconds, 1),
            answer=self.answer if len(told) <= 200 else f"{told[:200]}…",
        )


def send(
    service: DeployedService, data: object, *, content_type: str | None = None, longest: int | None = None
) -> TestResult:
    """POST data to the service, as JSON unless `content_type` says another. Raises `ServiceError` when it cannot be
    reached, and for an answer of more than `longest` bytes.
    """
    from jupyter_mlops.services import client

    uri = service.scoring_uri
    if uri is None:
        raise ServiceError(
            f"service {service.name!r} is {service.state} and answers nothing", hint="service.wait_for_deployment()"
        )
    key = service.get_keys()[0] if service.auth_enabled else None
    verify = service.options.ssl_cert_file or True
    body = body_of(data, lambda: list(_properties(_schema(service, key, verify))))
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = client.score(uri, key, body, headers=headers, service=service.name, verify=verify, longest=longest)
    refused = 400 <= response.status < 500
    return TestResult(
        service=service.name,
        status=response.status,
        milliseconds=response.milliseconds,
        answer=_parsed(response.body),
        headers=dict(response.headers),
        wanted=_schema(service, key, verify) if refused else None,
        body=body,
        raw=response.body,
    )


def request_schema(service: DeployedService) -> dict[str, Any]:
    """The schema of a request's body (OpenAPI); empty when there is none to be had."""
    key = service.get_keys()[0] if service.auth_enabled else None
    return _schema(service, key, service.options.ssl_cert_file or True)


def answered(service: DeployedService, result: TestResult) -> Any:
    """The answer of a request that went well. Raises `ServiceError` with the service's own message otherwise."""
    if result.ok:
        return result.answer
    hint = f"%service_logs {service.name} has the traceback" if result.status >= 500 else None
    raise ServiceError(f"service {service.name!r} answered {result.status}: {result.message}", hint=hint)


def use_key(service: DeployedService, key: str) -> None:
    """Ask with a new key, upon which the service, if it is up, reads its keys anew: from then the old one is refused.

    Raises `ServiceError` when it refuses the new one.
    """
    import httpx

    uri = service.scoring_uri
    if uri is None:
        return
    headers, verify = {"Authorization": f"Bearer {key}"}, service.options.ssl_cert_file or True
    metrics = f"{uri.rpartition('/')[0]}/metrics"
    try:
        answer = httpx.get(metrics, headers=headers, timeout=_KEY_SECONDS, verify=verify, trust_env=False)
    except httpx.HTTPError:
        return  # it is not up: it reads its keys when it starts
    if answer.status_code in (401, 403):
        raise ServiceError(f"service {service.name!r} has not read its new key", hint="service.get_logs()")


def body_of(data: object, parameter_names: Any) -> str | bytes:
    """The body of a request: text and bytes as they are, a dictionary as JSON, other data under the name of the
    script's first parameter (`data` where it declares none). `parameter_names()` is asked only when it matters.

    Raises `UsageError` for what has no JSON.
    """
    from jupyter_mlops.capture.signature import request_body, wire_value

    if isinstance(data, (str, bytes)):
        return data
    if data is None:
        raise UsageError("nothing to send", hint="give the data, or a body")
    if isinstance(data, Mapping):
        return json.dumps(wire_value(data))
    return request_body(parameter_names() or ["data"], data)


def _schema(service: DeployedService, key: str | None, verify: str | bool) -> dict[str, Any]:
    """The schema of a request, of the service's own swagger; empty when there is none to be had."""
    import httpx

    uri = service.swagger_uri
    if uri is None:
        return {}
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    try:
        response = httpx.get(uri, headers=headers, timeout=10, verify=verify, trust_env=False)
        document = response.json() if response.status_code == 200 else {}
    except (httpx.HTTPError, ValueError):
        return {}  # an answer without its schema is still an answer
    definitions = document.get("definitions") or document.get("components", {}).get("schemas", {})
    schema = definitions.get("ServiceInput", {})
    return schema if isinstance(schema, dict) else {}


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("properties")
    return found if isinstance(found, Mapping) else {}


def _parsed(body: str | bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace") if isinstance(body, bytes) else body
