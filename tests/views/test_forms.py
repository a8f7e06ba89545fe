"""A request's body becomes a form, with what its schema and the model's signature say of each input."""

import json

import pytest

from jupyter_mlops.records import ColumnSpec, Signature
from jupyter_mlops.views.forms import Fields, FormColumn, Rows, form_of

SCHEMA = {
    "properties": {
        "data": {"items": {"properties": {"age": {"type": "integer"}, "colour": {"enum": ["red", "blue"]}}}},
        "method": {"type": "string"},
    }
}


def test_records_become_a_table_and_the_other_parameters_stay():
    form = form_of('{"method": "predict", "data": [{"age": 3, "colour": "red"}]}', SCHEMA)
    assert form == Rows(
        "data",
        True,
        [FormColumn("age", "number", [], "integer"), FormColumn("colour", "text", ["red", "blue"])],
        [[3, "red"]],
        {"method": "predict"},
    )


def test_lists_of_numbers_take_their_names_from_the_signature():
    signature = Signature(kind="array", columns=(ColumnSpec("a", "float64"), ColumnSpec("b", "int64")))
    form = form_of('{"data": [[1.5, 2], [0.5, 4]]}', None, signature)
    assert isinstance(form, Rows)
    assert [(column.name, column.hint) for column in form.columns] == [("a", "float64"), ("b", "int64")]
    plain = form_of('{"data": [[1.5, 2]]}', None, Signature(kind="array", dtype="float64"))
    assert plain is not None
    assert [(column.name, column.hint) for column in plain.columns] == [("0", "float64"), ("1", "float64")]


def test_a_category_offers_what_it_may_be():
    signature = Signature(kind="frame", columns=(ColumnSpec("size", "category", ("S", "M")),))
    form = form_of('{"data": [{"size": "S"}]}', None, signature)
    assert form is not None
    assert form.columns[0].choices == ["S", "M"]


def test_one_value_each_without_rows():
    form = form_of('{"text": "hello", "limit": 3, "loud": true, "options": {"a": 1}}', None)
    assert isinstance(form, Fields)
    assert [column.kind for column in form.columns] == ["text", "number", "boolean", "json"]


@pytest.mark.parametrize("body", ["", "[1, 2]", "{}", "no json", json.dumps({"data": [[0] * 601]})])
def test_what_no_form_can_show(body):
    assert form_of(body) is None


def test_a_form_goes_to_the_front_end_as_json():
    for body in ('{"data": [[1, 2]]}', '{"text": "x"}'):
        form = form_of(body)
        assert form is not None
        assert json.loads(json.dumps(form.spec())) == form.spec()
