"""An undecorated `run`, and the signature that its model was registered with."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from driving import Worker

Serve = Callable[..., Worker]

FRAME = {
    "kind": "frame",
    "columns": [
        {"name": "age", "dtype": "int64", "categories": []},
        {"name": "bmi", "dtype": "float64", "categories": []},
        {"name": "sex", "dtype": "category", "categories": ["f", "m"]},
    ],
}
ARRAY = {"kind": "array", "dtype": "float64", "shape": [None, 2]}
ECHO = "import json\ndef init(): pass\ndef run(raw): return 'ran'"
STRICT = "import json\ndef init(): pass\ndef run(raw): return [row['age'] for row in json.loads(raw)['data']]"
GOOD = {"data": [{"age": 5, "bmi": 1, "sex": "f"}]}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"age": "old", "bmi": 1.5, "sex": "f"}, "column 'age' must be int64; a string 'old' came in row 0"),
        ({"age": 5.5, "bmi": 1.5, "sex": "f"}, "column 'age' must be int64; a number 5.5 came in row 0"),
        ({"age": None, "bmi": 1.5, "sex": "f"}, "column 'age' must be int64; null came in row 0"),
        ({"age": 5, "bmi": [1], "sex": "f"}, "column 'bmi' must be float64; an array of 1 came in row 0"),
        ({"age": 5, "bmi": 1.5, "sex": "x"}, "column 'sex' must be one of 'f', 'm'; a string 'x' came in row 0"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_column(serve: Serve, row: dict[str, Any], words: str) -> None:
    worker = serve(ECHO, signature=FRAME)
    for body in ({"data": [row]}, [row], row):
        answer = worker.score(json.dumps(body))
        assert (answer.status, json.loads(answer.body)["message"]) == (400, words)


def test_what_fits_is_run(serve: Serve) -> None:
    worker = serve(ECHO, signature=FRAME)
    for body in (GOOD, {"data": [[5, None, "m"]]}, {"data": [{"age": 5.0, "bmi": 1, "sex": None, "more": 1}]}):
        assert worker.value(body) == "ran"


def test_missing_columns_are_a_doubt_that_answers_when_run_fails(serve: Serve) -> None:
    """A script may make the model's columns itself, so the signature alone cannot refuse."""
    body = {"data": [{"years": 5}]}
    assert serve(ECHO, signature=FRAME).value(body) == "ran"
    answer = serve(STRICT, signature=FRAME).score(json.dumps(body))
    assert answer.status == 400
    assert "row 0 lacks the columns 'age', 'bmi', 'sex'; it has 'years'" in json.loads(answer.body)["message"]


def test_a_sample_request_that_fits_makes_the_signature_binding(serve: Serve) -> None:
    worker = serve(ECHO, signature=FRAME, probe={"body": json.dumps(GOOD)})
    assert worker.score('{"data": [{"years": 5}]}').status == 400
    assert worker.score('{"something": "else"}').status == 400


def test_rows_in_another_place_than_in_the_sample_request_are_to_blame_if_run_fails(serve: Serve) -> None:
    probe = {"body": json.dumps(GOOD)}
    answer = serve(STRICT, signature=FRAME, probe=probe).score(json.dumps(GOOD["data"]))
    assert answer.status == 400
    assert "the sample request has its rows in 'data'" in json.loads(answer.body)["message"]
    assert serve(ECHO, signature=FRAME, probe=probe).value(GOOD["data"]) == "ran"


def test_a_sample_request_that_does_not_fit_switches_the_check_off(serve: Serve) -> None:
    worker = serve(ECHO, signature=FRAME, probe={"body": '{"data": [{"age": "five", "years": 5}]}'})
    assert worker.value({"data": [{"age": "old"}]}) == "ran"


def test_arrays(serve: Serve) -> None:
    worker = serve(ECHO, signature=ARRAY)
    assert worker.value({"data": [[1, 2.5], [3, None]]}) == "ran"
    answer = worker.score('{"data": [[1, "x"]]}')
    assert (answer.status, json.loads(answer.body)["message"]) == (
        400,
        "the array must be of float64; a string 'x' came in row 0",
    )
    answer = serve(ECHO, signature=ARRAY, probe={"body": "[[1, 2]]"}).score("[[1, 2, 3]]")
    assert json.loads(answer.body)["message"] == "an array of shape (any, 2) is wanted; shape (1, 3) came"
