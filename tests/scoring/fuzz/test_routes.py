"""Any method on any path with any headers: an answer below 500 that says who it is for, and no other."""

from __future__ import annotations

import json
import string
from urllib.parse import quote

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from tests.scoring.fuzz.conftest import Services
from tests.scoring.fuzz.effort import effort
from tests.scoring.fuzz.inputs import ANYTHING

pytestmark = pytest.mark.slow

METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
PATHS = st.sampled_from(["/", "/score", "/swagger.json", "/docs", "/metrics", "/healthz/live", "/healthz/ready"])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(quote) | st.text(
    string.ascii_letters + string.digits + "%/.;&=+-_~", max_size=12
)
TARGETS = st.builds(
    lambda path, more, query: f"{path}{more}{query and f'?version={query}'}",
    PATHS,
    st.just("") | TEXT,
    st.just("") | st.sampled_from(["2", "3", "3.1", "9"]) | TEXT,
)
VALUES = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=30) | st.sampled_from(
    ["x" * 101, "*/*", "text/event-stream", "application/json", "Bearer", "100-continue", "gzip", "bytes=0-"]
)
NAMES = (
    "Accept Access-Control-Request-Headers Access-Control-Request-Method Authorization Content-Type Cookie Origin Range"
    " x-ms-client-request-id x-ms-request-id x-request-id"
)
HEADERS = st.dictionaries(st.sampled_from(NAMES.split()), VALUES, max_size=3)


def test_any_method_path_and_headers(services: Services) -> None:
    service = services["echo"]

    @effort(500)
    @given(method=METHODS, target=TARGETS, headers=HEADERS, body=st.binary(max_size=40))
    def ask(method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        answer = service.ask(method, target, body, headers)
        note(f"answered {answer.status} {answer.body!r}")
        assert answer.status < 500
        if answer.status >= 400 and method != "HEAD":
            assert answer.json["message"]
        if method == "POST" and target == "/score" and answer.status == 200:
            assert answer.json == body.decode()

    ask()


def test_a_recorded_signature_is_held_to(services: Services) -> None:
    """An undecorated script whose model was registered with a sample: fits → 200, does not fit → 400, nothing else."""
    service = services["signed"]
    record = st.fixed_dictionaries(
        {
            "age": st.integers(-(2**40), 2**40) | st.integers(0, 99).map(float),
            "weight": st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 99) | st.none(),
            "ward": st.sampled_from(["a", "b", None]),
        },
        optional={"another": ANYTHING},
    )
    rows = st.lists(record, min_size=1, max_size=3)

    @effort(150)
    @given(rows=rows)
    def fits(rows: list[dict[str, object]]) -> None:
        answer = service.post(json.dumps({"data": rows}).encode())
        note(f"answered {answer.status} {answer.body!r}")
        assert answer.status == 200
        assert answer.json == [str(int(str(row["age"]).removesuffix(".0"))) for row in rows]

    wrong = {
        "age": ANYTHING.filter(lambda value: type(value) not in (int, float)),
        "weight": ANYTHING.filter(lambda value: value is not None and type(value) not in (int, float)),
        "ward": ANYTHING.filter(lambda value: value not in (None, "a", "b")),
    }

    @effort(250)
    @given(rows=rows, column=st.sampled_from(sorted(wrong)), row=st.integers(0, 2), data=st.data())
    def does_not_fit(rows: list[dict[str, object]], column: str, row: int, data: st.DataObject) -> None:
        row %= len(rows)
        if data.draw(st.booleans()):
            rows[row][column] = data.draw(wrong[column])
        else:
            del rows[row][column]
        answer = service.post(json.dumps({"data": rows}).encode())
        note(f"{rows!r} was answered {answer.status} {answer.body!r}")
        assert answer.status == 400
        assert column in answer.json["message"]

    @effort(150)
    @given(body=st.binary(max_size=30) | ANYTHING.map(lambda value: json.dumps(value).encode()))
    def is_something_else(body: bytes) -> None:
        answer = service.post(body)
        note(f"{body!r} was answered {answer.status} {answer.body!r}")
        assert answer.status == 400
        assert answer.json["message"]

    fits()
    does_not_fit()
    is_something_else()
