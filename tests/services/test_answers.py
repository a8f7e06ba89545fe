from __future__ import annotations

from typing import Any

import pytest

from jupyter_mlops.services.answers import against_sample, against_schema

NUMBERS = {"type": "array", "items": {"type": "number"}, "example": [1.0]}


@pytest.mark.parametrize(
    ("value", "sample"),
    [
        ([1, 2.0], [1.0, 2]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}]}),
        ("setosa", "virginica"),
        ('{"result": [1.0]}', '{"result": [1]}'),
        ([], []),
        (None, None),
    ],
)
def test_what_is_as_declared_differs_in_nothing(value: Any, sample: Any) -> None:
    assert against_sample(value, sample) == []


@pytest.mark.parametrize(
    ("value", "sample", "text"),
    [
        ("could not convert", [1.0], 'answer is a string ("could not convert"), the sample has an array'),
        ([1, "two"], [1, 2], 'answer[1] is a string ("two"), the sample has a number (2)'),
        ({"error": "x"}, {"result": [1]}, "answer lacks 'result' and has 'error'"),
        ([[1, 2, 3]], [[1, 2]], "answer[0] has 3 items, the sample 2"),
        ([1], [1, 2], "answer has 1 items, the sample 2"),
        ({"a": {"b": []}}, {"a": {"b": {}}}, "answer['a']['b'] is an array, the sample has an object"),
        ("it broke", '{"result": [1]}', 'answer is the string "it broke", the sample is a string that holds JSON'),
        ('{"error": "it broke"}', '{"result": [1]}', "json.loads(answer) lacks 'result' and has 'error'"),
    ],
)
def test_another_kind_or_shape_is_a_failure(value: Any, sample: Any, text: str) -> None:
    (difference,) = against_sample(value, sample)
    assert difference.is_failure
    assert difference.text == text


def test_another_number_is_only_told() -> None:
    """A model that was trained again answers other numbers."""
    (difference,) = against_sample([1.0, 2.0, 3.0], [1.0, 2.5, 3.5])
    assert not difference.is_failure
    assert difference.text == "answer[1] is 2.0, the sample has 2.5"


def test_double_encoding_is_named_with_its_cure() -> None:
    (difference,) = against_sample("[1.0, 2.0]", [1.0, 2.0])
    assert difference.hint is not None
    assert "without json.dumps" in difference.hint


def test_an_error_that_was_returned_is_named_with_its_cure() -> None:
    (difference,) = against_sample("X has 3 features", [1.0])
    assert difference.hint is not None
    assert "let it raise" in difference.hint


def test_the_scripts_own_schema_counts_as_well() -> None:
    assert against_schema([1.5, 2], NUMBERS) == []
    (difference,) = against_schema("it broke", NUMBERS)
    assert difference.text == 'answer is a string ("it broke"), declared was array'
    (difference,) = against_schema([1.5, "it broke"], NUMBERS)
    assert difference.text == 'answer[1] is a string ("it broke"), declared was number'
    nested = {"type": "object", "properties": {"result": NUMBERS}}
    (difference,) = against_schema({"result": "it broke"}, nested)
    assert "answer['result']" in difference.text


def test_a_script_without_a_declaration_declares_nothing() -> None:
    assert against_schema("anything", {"type": "object", "example": {}}) == []
