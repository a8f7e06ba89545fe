"""Whatever comes under a schema is answered as the script itself answers it, or refused with a 4xx."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

from tests.scoring.fuzz.conftest import Services
from tests.scoring.fuzz.effort import effort
from tests.scoring.fuzz.inputs import ANYTHING, VALID, tampered
from tests.scoring.fuzz.reference import Reference
from tests.scoring.fuzz.services import Service

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("name", sorted(VALID))]

_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1")
_TYPES = ("application/json", "application/json; charset=utf-8", "application/problem+json", "text/plain", "", "json")


def check(service: Service, reference: Reference, body: bytes, kind: str = "application/json") -> None:
    """The script's own answer, or a refusal that says why."""
    answer, wanted = service.post(body, kind), reference.answer(body)
    note(f"{body!r} was answered {answer.status} {answer.body!r}; wanted was {wanted!r}")
    if wanted is None:
        assert answer.status == 400, answer.body
        assert answer.json["message"]
    else:
        assert answer.status == 200, answer.body
        assert answer.json == wanted


def test_what_is_in_order_is_answered(name: str, services: Services) -> None:
    service, reference = services[name], Reference(name)

    @effort(120)
    @given(document=VALID[name])
    def ask(document: Any) -> None:
        body = json.dumps(document).encode()
        assert reference.answer(body) is not None
        check(service, reference, body)

    ask()


def test_what_somebody_has_been_at_is_answered_or_refused(name: str, services: Services) -> None:
    service, reference = services[name], Reference(name)

    @effort(250)
    @given(document=tampered(VALID[name]) | ANYTHING)
    def ask(document: Any) -> None:
        body = json.dumps(document).encode()
        check(service, reference, body)

    ask()


def test_the_twin_of_inference_schema_answers_the_same(name: str, services: Services) -> None:
    service, reference = services[f"{name} twin"], Reference(name)
    wanted = services[name].ask("GET", "/swagger.json?version=3").json
    assert service.ask("GET", "/swagger.json?version=3").json == wanted

    @effort(200)
    @given(document=VALID[name] | tampered(VALID[name]))
    def ask(document: Any) -> None:
        check(service, reference, json.dumps(document).encode())

    ask()


def test_text_that_is_hardly_json_is_answered_or_refused(name: str, services: Services) -> None:
    service, reference = services[name], Reference(name)

    @effort(100)
    @given(document=VALID[name], encoding=st.sampled_from(_ENCODINGS), data=st.data())
    def ask(document: Any, encoding: str, data: st.DataObject) -> None:
        body = bytearray(json.dumps(document, ensure_ascii=False).encode(encoding, "replace"))
        start = data.draw(st.integers(0, len(body)))
        body[start : start + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        check(service, reference, bytes(body))

    ask()


def test_a_type_of_content_that_is_not_json_is_415(name: str, services: Services) -> None:
    service, reference = services[name], Reference(name)

    @effort(30)
    @given(document=tampered(VALID[name]), kind=st.sampled_from(_TYPES))
    def ask(document: Any, kind: str) -> None:
        body = json.dumps(document).encode()
        if "json" in kind and "/" in kind:
            check(service, reference, body, kind)
        else:
            assert service.post(body, kind).status == 415

    ask()


def test_a_query_is_read_as_a_body_is(name: str, services: Services) -> None:
    service, reference = services[name], Reference(name)

    @effort(40)
    @given(document=tampered(VALID[name]))
    def ask(document: dict[str, Any]) -> None:
        query = urlencode({key: json.dumps(value) for key, value in document.items()})
        assume(len(query) < 4000)
        answer, wanted = service.ask("GET", f"/score?{query}"), reference.answer(json.dumps(document).encode())
        note(f"{document!r} was answered {answer.status} {answer.body!r}; wanted was {wanted!r}")
        assert answer.status == (400 if wanted is None else 200)
        assert wanted is None or answer.json == wanted

    ask()
