"""`openapi.yaml` as the server reads it: what a request of each route may say is checked against the file itself.

Read when the first request comes, not when the server starts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_mlops.errors import UsageError

__all__ = ["Route", "document", "read_body", "read_query", "routes"]

_FILE = Path(__file__).with_name("openapi.yaml")
_LONGEST_BODY = 16_000_000
_TRUE = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    path: str
    """As in the file: `/models/{name}/{version}`."""
    method: str
    """`GET`, `POST`, …"""
    parameters: tuple[dict[str, Any], ...]
    """Of the query alone."""
    body: dict[str, Any] | None
    """The JSON schema of the body; None where there is none."""
    longest: int
    """Bytes that the body may have."""


@cache
def document() -> dict[str, Any]:
    """The whole file."""
    import yaml

    # A safe loader, in C where there is one.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with _FILE.open("rb") as file:
        loaded: dict[str, Any] = yaml.load(file, Loader=loader)
    return loaded


@cache
def routes() -> dict[str, Route]:
    """By operationId."""
    return {
        operation["operationId"]: _route(path, method, item, operation)
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


def _route(path: str, method: str, item: Mapping[str, Any], operation: Mapping[str, Any]) -> Route:
    given = [_resolved(parameter) for parameter in (*item.get("parameters", ()), *operation.get("parameters", ()))]
    body = operation.get("requestBody")
    return Route(
        path=path,
        method=method.upper(),
        parameters=tuple(parameter for parameter in given if parameter["in"] == "query"),
        body=None if body is None else body["content"]["application/json"]["schema"],
        longest=(body or {}).get("x-longest", _LONGEST_BODY),
    )


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = document()
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


# ── the query ──


def read_query(operation_id: str, values: Callable[[str], Sequence[str]]) -> dict[str, Any]:
    """The query's parameters by name, with their defaults; None for one that was not given and has none.

    `values(name)` are the texts that were given. Raises `UsageError` for one that is not as the file says.
    """
    return {
        parameter["name"]: _parameter(parameter["name"], _resolved(parameter["schema"]), values(parameter["name"]))
        for parameter in routes()[operation_id].parameters
    }


def _parameter(name: str, schema: Mapping[str, Any], texts: Sequence[str]) -> Any:
    if schema.get("type") == "array":
        return tuple(texts)
    if not texts:
        return schema.get("default")
    value = _value(name, schema.get("type"), texts[-1])
    _complain(schema, value, f"query {name}")
    return value


def _value(name: str, kind: Any, text: str) -> Any:
    readers: dict[Any, Callable[[str], Any]] = {
        "integer": int,
        "number": float,
        "boolean": lambda text: _TRUE[text.lower()],
    }
    try:
        return readers.get(kind, str)(text)
    except (ValueError, KeyError):
        raise UsageError(f"{text!r} is no {kind}", where=f"query {name}") from None


# ── the body ──


def read_body(operation_id: str, body: bytes) -> dict[str, Any]:
    """The body as JSON, checked; empty for a route without one.

    Raises `UsageError` saying where in it something is wrong.
    """
    schema = routes()[operation_id].body
    if schema is None:
        return {}
    try:
        found = json.loads(body or b"{}")
    except ValueError as error:
        raise UsageError(f"the body is not JSON: {error}") from None
    _complain(schema, found, "body")
    checked: dict[str, Any] = found
    return checked


def _complain(schema: Mapping[str, Any], value: Any, where: str) -> None:
    from jsonschema import Draft202012Validator

    whole = {**schema, "components": document()["components"]}
    errors = sorted(Draft202012Validator(whole).iter_errors(value), key=lambda error: len(error.absolute_path))
    if errors:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in errors[0].absolute_path)
        raise UsageError(errors[0].message, where=f"{where}{place}", hint="jupyter_mlops/serverextension/openapi.yaml")
