"""`openapi.yaml` is valid, says exactly the routes that there are, and nobody gets in without a token."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from jupyter_mlops import errors
from jupyter_mlops.serverextension import contract
from jupyter_mlops.serverextension.refusals import STATUSES, status_of
from jupyter_mlops.serverextension.routes import ROUTES
from tests.serverextension.conftest import Server

METHODS = [(method, path) for path, actions in ROUTES.items() for method in actions]


def test_the_file_is_openapi() -> None:
    validate(contract.document())


def test_the_file_has_every_route_and_no_other() -> None:
    described = {(route.path, route.method): name for name, route in contract.routes().items()}
    assert described == {(path, method): name for path, made in ROUTES.items() for method, (name, _) in made.items()}


def test_every_error_has_the_status_that_the_file_says() -> None:
    said = contract.document()["info"]["description"]
    table = {
        name: int(status)
        for status, names in re.findall(r"(\d{3}) ((?:`\w+`[,\s]*)+)", said)
        for name in re.findall(r"`(\w+)`", names)
    }

    kinds = {getattr(errors, name) for name in errors.__all__ if name.endswith("Error")} - {errors.MlopsError}
    assert {kind.__name__: status_of(kind("x")) for kind in kinds} == {
        kind.__name__: table[kind.__name__] for kind in kinds
    }
    assert STATUSES[errors.MlopsError] == 500


@pytest.mark.parametrize(("method", "path"), METHODS)
def test_nobody_gets_in_without_a_token(method: str, path: str, server: Server) -> None:
    reply = server.ask(method, re.sub(r"\{\w+\}", "1", path), headers={"Authorization": ""})
    assert reply.status == 403
    assert reply["type"] == "Unauthenticated"
    assert "Authorization: token" in reply["hint"]


def test_a_wrong_token_is_none(server: Server) -> None:
    assert server.get("/workspace", headers={"Authorization": "token 1234"}).status == 403


def test_what_is_no_route_says_so(server: Server) -> None:
    assert server.get("/nothing").status == 404
    assert server.get("/nothing")["type"] == "NotFoundError"
    assert server.ask("GET", "/nothing", headers={"Authorization": ""}).status == 403
    assert server.delete("/workspace").status == 405


@pytest.mark.parametrize(
    ("body", "where"),
    [("{", None), ('{"name": 3}', "body.name"), ('{"name": "a", "colour": "red"}', "body"), ("[]", "body")],
)
def test_a_body_that_is_wrong_says_where(body: str, where: str | None, server: Server) -> None:
    reply = server.ask("POST", "/services", body=body)
    assert (reply.status, reply["type"], reply["where"]) == (400, "UsageError", where)


@pytest.mark.parametrize("query", [{"limit": "many"}, {"limit": 0}, {"limit": 501}, {"latest": "perhaps"}])
def test_a_query_that_is_wrong_says_which(query: dict[str, Any], server: Server) -> None:
    reply = server.get("/models", **query)
    assert reply.status == 400
    assert reply["where"] == f"query {next(iter(query))}"
