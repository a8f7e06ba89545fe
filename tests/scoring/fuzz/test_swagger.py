"""schemathesis on our own OpenAPI 3 document: what it allows is never a 5xx, what it forbids is a 2xx only where the
contract lets it be (numbers as text, for one: inference_schema converts them)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import given, note
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation

from tests.scoring.fuzz.conftest import Services
from tests.scoring.fuzz.effort import effort
from tests.scoring.fuzz.inputs import VALID
from tests.scoring.fuzz.reference import Reference
from tests.scoring.fuzz.services import Service

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("name", sorted(VALID))]


def operation(service: Service, path: str, method: str) -> APIOperation[Any, Any, Any, Any, Any]:
    document = service.ask("GET", "/swagger.json?version=3").json
    return schemathesis.openapi.from_dict(document)[path][method]


def body_of(case: Case) -> bytes:
    """As it goes over the wire; a body that the document lets be absent is an empty one."""
    if isinstance(case.body, bytes):
        return case.body
    return b"" if isinstance(case.body, schemathesis.core.NotSet) else json.dumps(case.body).encode()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_requests_by_the_document(name: str, mode: GenerationMode, services: Services) -> None:
    service, reference = services[name], Reference(name)
    cases = operation(service, "/score", "POST").as_strategy(generation_mode=mode)

    @effort(70)
    @given(case=cases)
    def ask(case: Case) -> None:
        body = body_of(case)
        answer, wanted = service.post(body), reference.answer(body)
        note(f"{body!r} was answered {answer.status} {answer.body!r}")
        assert answer.status == (400 if wanted is None else 200)
        assert answer.content_type == "application/json"
        if wanted is None:
            assert answer.json["message"]
        else:
            assert answer.json == wanted

    ask()


def test_the_example_of_the_document_is_answered(name: str, services: Services) -> None:
    service = services[name]
    for version in ("2", "3", "3.1"):
        answer = service.ask("GET", f"/swagger.json?version={version}")
        if answer.status == 200:
            schemas = answer.json.get("definitions") or answer.json["components"]["schemas"]
            body = json.dumps(schemas["ServiceInput"]["example"]).encode()
            assert service.post(body).status == 200
