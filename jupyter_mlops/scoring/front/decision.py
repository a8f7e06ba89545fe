"""What a head asks for and whether it may: all that can be known before the body, and be remembered with the head."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl

from jupyter_mlops.scoring.front.cors import allow_lines, preflight_lines
from jupyter_mlops.scoring.front.head import Head
from jupyter_mlops.scoring.front.ids import GivenIds
from jupyter_mlops.scoring.front.keys import Access, KeyRing
from jupyter_mlops.scoring.wire import RequestFlag

__all__ = ["Decision", "Policy", "Refusal", "Route", "query_json"]

_NOT_FOUND = (
    "The requested URL was not found on the server."
    " If you entered the URL manually please check your spelling and try again."
)
_NOT_ALLOWED = "The method is not allowed for the requested URL."
_NO_KEY = (
    "This service needs a key: send the header 'Authorization: Bearer KEY'."
    " (A service deployed with auth_enabled=False needs none.)"
)
_WRONG_KEY = "The key is not one of this service's keys; it may have been regenerated."
_FORMS = (b"application/x-www-form-urlencoded", b"multipart/form-data")


class Route(Enum):
    """Where a request goes; the value is the metrics' label."""

    HEALTH = "/"
    LIVE = "/healthz/live"
    READY = "/healthz/ready"
    SCORE = "/score"
    SWAGGER = "/swagger.json"
    DOCS = "/docs"
    METRICS = "/metrics"
    OTHER = "other"

    __hash__ = object.__hash__


_ROUTES = {route.value: route for route in Route if route is not Route.OTHER}
_PLAIN = (Route.HEALTH, Route.LIVE, Route.READY)
"""Open to everybody, and too many to log or to count: somebody asks every few seconds."""


class Refusal(Exception):
    """The answer is known from the head alone."""

    def __init__(self, status: int, message: str, lines: str = ""):
        super().__init__(message)
        self.status = status
        self.message = message
        self.lines = lines


class Policy:
    """What decisions depend on, of the service and its script; replaced when one of them changes."""

    def __init__(
        self,
        keys: KeyRing,
        *,
        mode: str = "string",
        cors_origins: tuple[str, ...] = (),
        version_line: str = "",
        open_metrics: bool = False,
    ):
        self.keys = keys
        self.mode = mode
        self.cors_origins = cors_origins
        self.version_line = version_line
        self.open_metrics = open_metrics
        self.warned_of_forms = False
        """The log has said of this script that somebody sends forms."""


class Decision:
    """About one head. `refusal` is None when it is let in."""

    __slots__ = (
        "_described",
        "body",
        "common_lines",
        "flags",
        "ids",
        "is_form",
        "is_quiet",
        "label",
        "preflight",
        "refusal",
        "route",
        "usual",
        "usual_stamp",
        "wants_head",
    )

    def __init__(self, head: Head, policy: Policy):
        self.ids = GivenIds(head)
        self.route = _ROUTES.get(head.path, Route.OTHER)
        self.label = self.route.value
        self.is_quiet = self.route in _PLAIN or self.route is Route.METRICS
        self.flags = 0
        self.body: bytes | None = None
        """A body made from the query, in place of the request's own."""
        self.preflight = ""
        self.wants_head = False
        self.is_form = False
        """The body is said to be a form where text is wanted: `curl -d` without a header says so."""
        self._described: tuple[str, bytes] | None = None
        self.usual = ""
        """The beginning of the usual answer (200, JSON), as long as `usual_stamp` is the time it was made for."""
        self.usual_stamp = -1.0
        origin = _text(head.get(b"origin")) if policy.cors_origins else None
        self.common_lines = policy.version_line + allow_lines(policy.cors_origins, origin)
        self.refusal: Refusal | None = None
        try:
            self._admit(head, policy, origin)
        except Refusal as refusal:
            self.refusal = refusal

    def describe(self, head: Head, peer: str) -> bytes:
        """The head as a worker reads it (see `wire.Request`)."""
        if self._described is None or self._described[0] != peer:
            document = {
                "method": head.method,
                "path": head.path,
                "query": head.target.partition("?")[2],
                "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in head.fields],
                "peer": peer,
            }
            self._described = (peer, json.dumps(document).encode("ascii"))
        return self._described[1]

    # --- in the order that a client is told of

    def _admit(self, head: Head, policy: Policy, origin: str | None) -> None:
        if self.ids.error:
            raise Refusal(431, self.ids.error)
        if self.route is Route.OTHER:
            raise Refusal(404, _NOT_FOUND)
        if self.route is Route.SCORE:
            self._admit_score(head, policy, origin)
            return
        if head.method not in ("GET", "HEAD", "OPTIONS"):
            raise Refusal(405, _NOT_ALLOWED, "Allow: HEAD, OPTIONS, GET\r\n")
        if head.method == "OPTIONS":
            self.preflight = "Allow: HEAD, OPTIONS, GET\r\n" + self._preflight(head, policy, origin)
        elif self.route not in _PLAIN and not (self.route is Route.METRICS and policy.open_metrics):
            self._check_key(head, policy, scrape=True)

    def _admit_score(self, head: Head, policy: Policy, origin: str | None) -> None:
        raw = policy.mode == "raw"
        method = head.method
        allowed = ("GET", "POST", "OPTIONS", "HEAD") if raw else ("GET", "POST", "OPTIONS")
        if method not in allowed:
            raise Refusal(405, _NOT_ALLOWED, f"Allow: {', '.join(allowed)}\r\n")
        if method == "OPTIONS" and (not raw or head.get(b"access-control-request-method") is not None):
            self.preflight = "Allow: GET, POST, OPTIONS\r\n" + self._preflight(head, policy, origin)
            return
        self._check_key(head, policy, scrape=False)
        if raw:
            self.wants_head = True
            return
        if method == "GET":
            self.flags = int(RequestFlag.QUERY)
            self.body = query_json(head.query)
        elif policy.mode == "schema" and not _is_json(head.get(b"content-type")):
            raise Refusal(415, "Expects Content-Type to be application/json")
        else:
            self.is_form = _kind(head.get(b"content-type")) in _FORMS
        self.wants_head = b"text/event-stream" in (head.get(b"accept") or b"")

    def _preflight(self, head: Head, policy: Policy, origin: str | None) -> str:
        """Without the lines that every answer has."""
        lines = preflight_lines(policy.cors_origins, origin, _text(head.get(b"access-control-request-headers")))
        return lines.replace(allow_lines(policy.cors_origins, origin), "", 1)

    def _check_key(self, head: Head, policy: Policy, *, scrape: bool) -> None:
        given = head.get(b"authorization")
        access = policy.keys.check(given)
        if access is Access.WRONG and policy.keys.look():  # a new key counts from the moment that it is in its file
            access = policy.keys.check(given)
        if access is Access.ALL or (scrape and access is Access.SCRAPE):
            return
        if access is Access.MISSING:
            scheme = 'Basic realm="the password is a key of the service"' if self.route is Route.DOCS else "Bearer"
            raise Refusal(401, _NO_KEY, f"WWW-Authenticate: {scheme}\r\n")
        raise Refusal(403, _WRONG_KEY)


def query_json(query: str) -> bytes:
    """The parameters of a query as a JSON object: values are JSON where they read so, repeated ones a list."""
    found: dict[str, list[Any]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            parsed = value
        found.setdefault(name, []).append(parsed)
    return json.dumps({name: values[0] if len(values) == 1 else values for name, values in found.items()}).encode(
        "ascii"
    )


def _is_json(content_type: bytes | None) -> bool:
    kind = _kind(content_type)
    return kind == b"application/json" or (kind.startswith(b"application/") and kind.endswith(b"+json"))


def _kind(content_type: bytes | None) -> bytes:
    """Without its parameters."""
    return (content_type or b"").partition(b";")[0].strip().lower()


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
