"""Cards and tables: records in, the facts that a person looks for out."""

from datetime import timedelta

import pytest

from jupyter_mlops.records import ServiceStatus
from jupyter_mlops.views.answers import answer, answer_card
from jupyter_mlops.views.look import Table, bundle, link
from jupyter_mlops.views.models import model_card, models_table, origin
from jupyter_mlops.views.operations import OperationLook, stage_times
from jupyter_mlops.views.plans import plan_card
from jupyter_mlops.views.scripts import script_card
from jupyter_mlops.views.services import curl, service_card, services_table
from tests.views import samples as s


def test_a_table_of_text_has_columns_that_line_up():
    table = Table(("name", "size"), [("a", "10 B"), ("longer", "2 kB")], figures=frozenset({"size"}))
    assert table.text() == "name    size\na       10 B\nlonger  2 kB"


def test_an_empty_table_says_so():
    assert models_table([]).text() == "no models yet"
    assert "no models yet" in models_table([]).html()


def test_a_model_says_what_it_is_and_who_uses_it():
    text = model_card(s.model(), used_by=["service diabetes"]).text()
    assert text.startswith("model diabetes:3")
    assert "ScikitLearn 1.9.0" in text
    assert "frame of 10: age, sex" in text
    assert "service diabetes" in text


def test_facts_that_are_empty_are_left_out():
    assert "version tag" not in model_card(s.model()).text()
    assert "version tag" in model_card(s.model(version_tag="gold")).text()


def test_an_origin_names_notebook_cell_person_and_commit():
    said = origin(s.ORIGIN)
    assert said == "diabetes.ipynb, cell 4 · ada on laptop · Python 3.11.2 · commit 1a2b3c4 (with changes)"


def test_only_web_addresses_become_links():
    assert link("http://127.0.0.1/score").html().startswith("<a ")
    assert link("javascript:alert(1)").html() == "javascript:alert(1)"


def test_a_script_shows_its_proof_and_folds_its_source():
    card = script_card(s.script(), s.SCRIPT)
    assert "proven" in card.text()
    assert "answered 200 in 3.4 ms" in card.text()
    assert "<summary>score.py (17 lines)</summary>" in card.html()
    assert '<span class="k">def</span>' in card.html()


def test_a_script_without_a_sample_is_not_proven():
    card = script_card(s.script(proof=None, sample_input=None), s.SCRIPT)
    assert "not proven" in card.text()
    assert "--input" in card.text()


def test_a_service_shows_its_uri_and_how_to_ask_it_and_no_key():
    card = service_card(s.service(), s.HEALTHY, models=["diabetes:3"], example=s.EXAMPLE)
    html = card.html()
    assert 'href="http://127.0.0.1:8890/score"' in html
    assert "Authorization: Bearer '$KEY" in html
    assert "Healthy" in card.text()


def test_a_request_for_a_terminal():
    line = curl("http://h/score", auth_enabled=False, example='{"data": "it\'s"}')
    assert line == "curl http://h/score -H 'Content-Type: application/json' -d '{\"data\": \"it'\\''s\"}'"
    assert "@request.json" in curl("http://h/score", auth_enabled=True, example="x" * 1000)


def test_a_failed_service_shows_the_reason_and_the_traceback():
    text = service_card(s.service(revision=None), s.FAILED).text()
    assert "no model named 'diabets'" in text
    assert "Cell [7], line 6, in init" in text


def test_a_table_of_services_has_the_reason_of_a_failure_under_the_pointer():
    html = services_table([(s.service(), s.FAILED, [])]).html()
    assert f'title="{s.FAILED.error}"'.replace("'", "&#x27;") in html


def test_a_service_without_keys_says_so():
    card = service_card(s.service(), ServiceStatus(state="Healthy"), auth_enabled=False)
    assert "auth_enabled=False" in card.text()


# ── operations ──


def test_stages_take_from_their_event_to_the_next():
    times = stage_times(s.ENDED_EVENTS, s.NOON + timedelta(seconds=4))
    assert times == {"freeze": 0.5, "prepare": 2.4, "start": 1.0}
    assert stage_times(s.RUNNING_EVENTS, None) == {"freeze": 0.5}


def test_a_running_operation_shows_stage_progress_and_log():
    look = OperationLook(s.operation(), s.RUNNING_EVENTS, s.NOON + timedelta(seconds=2))
    assert "✓ freeze" in look.text()
    assert "▸ prepare" in look.text()
    assert "○ start" in look.text()
    assert "installed 23 packages" in look.text()
    assert "42 %" in look.html()


def test_a_done_operation_is_one_line_to_unfold():
    record = s.operation(state="Succeeded", stage=None, finished=s.NOON + timedelta(seconds=4))
    html = OperationLook(record, s.ENDED_EVENTS, s.NOON + timedelta(hours=1)).html()
    assert html.startswith('<details data-fold="log"><summary')
    assert "4.0 s" in html


def test_a_failed_operation_shows_its_stage_and_the_users_traceback():
    look = OperationLook(s.failed_operation(), s.ENDED_EVENTS, s.NOON + timedelta(hours=1))
    assert "✗ start" in look.text()
    assert "Cell [7], line 6, in init" in look.text()
    without = OperationLook(s.failed_operation(), s.ENDED_EVENTS, s.NOON, error=False)
    assert "Cell [7]" not in without.text()


# ── answers ──


@pytest.mark.parametrize(
    ("value", "columns", "first"),
    [
        ([206.1, 68.1], ("answer",), ("206.1",)),
        ({"result": [1, 2]}, ("answer",), ("1",)),
        ('{"result": [1, 2]}', ("answer",), ("1",)),
        ([[1, 2], [3, 4]], ("0", "1"), ("1", "2")),
        ([{"id": 1, "p": 0.93}, {"id": 2}], ("id", "p"), ("1", "0.93")),
        ({"id": [1, 2], "p": [0.5, 1]}, ("id", "p"), ("1", "0.5")),
    ],
)
def test_an_answer_that_is_a_table_becomes_one(value, columns, first):
    table = answer(value)
    assert isinstance(table, Table)
    assert tuple(table.columns) == columns
    assert tuple(table.rows[0]) == first


@pytest.mark.parametrize("value", [{"a": 1}, 3, None, "hello", [], [[1], [1, 2]], {"a": [1], "b": [1, 2]}])
def test_any_other_answer_stays_as_it_is(value):
    assert not isinstance(answer(value), Table)


def test_a_long_answer_is_cut_and_says_so():
    table = answer(list(range(1000)))
    assert isinstance(table, Table)
    assert len(table.rows) == 20
    assert table.note == "980 rows more"
    assert "characters more" in answer("x" * 20_000).text()


def test_an_answer_that_is_an_image_is_shown():
    card = answer_card("s", status=200, elapsed_ms=1, value="�PNG", image=("image/png", b"\x89PNG"))
    assert '<img src="data:image/png;base64,iVBORw=="' in card.html()
    assert "image/png, 4 B" in card.text()
    large = answer_card("s", status=200, elapsed_ms=1, value="", image=("image/png", bytes(2_000_001)))
    assert "<img" not in large.html()


def test_a_table_is_there_as_json_too():
    card = answer_card("s", status=200, elapsed_ms=1, value=[206.1, 68.25])
    assert "[206.1, 68.25]" in card.html()
    assert "as JSON" not in card.text()


def test_a_refused_request_shows_what_the_schema_wants():
    card = answer_card("s", status=400, elapsed_ms=1, value={"message": "no"}, wanted={"type": "array"}, body="{}")
    assert "400" in card.text()
    assert '"type": "array"' in card.text()
    fine = answer_card("s", status=200, elapsed_ms=1, value=[1], wanted={"type": "array"}, body="{}")
    assert "array" not in fine.text()


def test_warnings_of_an_answer_are_said():
    assert "truncated" in answer_card("s", status=200, elapsed_ms=1, value=[1], warnings=["truncated"]).text()


def test_a_plan_says_that_nothing_was_done():
    text = plan_card("diabetes", ["image      the next version", "           of it", "service    diabetes, new"]).text()
    assert "the next version" in text
    assert "nothing was done" in text


def test_a_bundle_has_both_forms():
    shown = bundle(models_table([s.model()]))
    assert set(shown) == {"text/html", "text/plain"}
