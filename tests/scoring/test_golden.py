"""The recorded exchanges of azureml-inference-server-http 1.5.1, replayed through the real front over real HTTP."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

sys.path.insert(0, str(Path(__file__).parent))

from serving import Exchange, NotStarted, Server, ours, recorded_body, recorded_headers, send

GOLDEN = {path.stem: json.loads(path.read_text()) for path in sorted((Path(__file__).parent / "golden").glob("*.json"))}
STARTED = {name: recording for name, recording in GOLDEN.items() if recording["started"]}

_OWN_WORDS = {"content-length", "server", "date", "connection", "allow", "x-ms-server-version", "vary"}
_IDS = {"x-request-id", "x-ms-request-id", "x-ms-client-request-id", "x-ms-run-fn-exec-ms"}

#: where ours is better on purpose: scoring-contract.md, the first table
BAD_INPUT = {
    "wrong_columns_9",
    "wrong_columns_11",
    "wrong_dims_1d",
    "wrong_dims_3d",
    "ragged",
    "data_not_list",
    "data_null",
    "data_number",
    "non_numeric_cells",
    "null_cells",
    "nan_literal",
    "invalid_utf8",
}
OTHERWISE = {
    ("ex1_seed_numpy", "empty_rows"): 400,
    ("ex1_seed_numpy", "request_line_too_long"): None,
    ("ex1_seed_numpy", "header_field_too_large"): 431,  # there as HTML
    ("ex3_plain_raises", "form_urlencoded_like_curl_d"): 200,  # there the form's type empties the body
}


@pytest.fixture(scope="module", params=STARTED)
def recording(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return request.param, STARTED[request.param]


@pytest.fixture(scope="module")
def server(recording: tuple[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = _application(recording[1], tmp_path_factory.mktemp("golden"))
    with ours(folder) as started:
        yield started


def _application(recording: dict[str, Any], folder: Path) -> Path:
    """The recorded script, beside the model that it asks for (Ridge on scikit-learn's diabetes rows)."""
    app = folder / recording["app"]
    app.mkdir()
    (app / "score.py").write_text(recording["score_py"])
    if "get_model_path" in recording["score_py"]:
        model = app / "azureml-models" / "sklearn_regression_model.pkl" / "1" / "sklearn_regression_model.pkl"
        model.parent.mkdir(parents=True)
        joblib.dump(Ridge(alpha=0.03).fit(*load_diabetes(return_X_y=True)), model)
    return app


def test_every_recorded_exchange_is_the_same_here(recording: tuple[str, dict[str, Any]], server: Server) -> None:
    name, recorded = recording
    for case in recorded["cases"]:
        request, response = case["request"], case["response"]
        path = (recorded_body(request, "path") or b"").decode()
        answer = send(
            server.port,
            request["method"],
            path,
            recorded_body(request),
            recorded_headers(request),
            chunked=request.get("chunked", False),
        )
        place = (name, case["name"])
        try:
            _compare(place, answer, response, {value for _, value in recorded_headers(request)})
        except AssertionError as error:
            raise AssertionError(f"{place}: {request}\n{answer}\n{error}") from error


def _compare(place: tuple[str, str], answer: Exchange, recorded: dict[str, Any], given: set[str]) -> None:
    if place in OTHERWISE:
        wanted = OTHERWISE[place]
        assert answer.status == wanted or (wanted is None and 400 <= answer.status < 500)
        return
    if place[0] == "ex1_seed_numpy" and place[1] in BAD_INPUT:
        assert answer.status == 400
        assert answer.header("x-ms-run-function-failed") == "False"
        assert set(answer.json) == {"message"}
        return
    assert answer.status == recorded["status"]
    _compare_headers(answer, recorded, given)
    _compare_bodies(answer, recorded)


def _compare_headers(answer: Exchange, recorded: dict[str, Any], given: set[str]) -> None:
    """All that came there comes here; ids are the client's where it gave any."""
    there = {(name.lower(), value) for name, value in recorded["headers"]}
    here = {(name, value) for name, value in answer.headers if name not in _OWN_WORDS | _IDS}
    assert {(name, value) for name, value in there if name not in _OWN_WORDS | _IDS} <= here
    assert {name for name, _ in there} & _IDS <= {name for name, _ in answer.headers}
    echoed = {(name, value) for name, value in there if name in _IDS and value in given}
    assert echoed <= set(answer.headers)
    added = {name for name, _ in here} - {name for name, _ in there}
    assert added <= {"x-mlops-warning", "traceid"}


def _compare_bodies(answer: Exchange, recorded: dict[str, Any]) -> None:
    if "json" in recorded:
        assert same_value(answer.json, recorded["json"])
    elif "body_len" in recorded:
        assert len(answer.json) == 20001
    else:
        assert answer.body == recorded_body(recorded)


def same_value(here: Any, there: Any) -> bool:
    """Equal JSON values, floats to 1e-6."""
    if isinstance(here, dict) and isinstance(there, dict):
        return here.keys() == there.keys() and all(same_value(here[key], there[key]) for key in here)
    if isinstance(here, list) and isinstance(there, list):
        return len(here) == len(there) and all(map(same_value, here, there))
    if isinstance(here, float) or isinstance(there, float):
        return math.isclose(here, there, rel_tol=1e-6, abs_tol=1e-6) or (here != here and there != there)
    return type(here) is type(there) and bool(here == there)


@pytest.mark.parametrize("name", sorted(GOLDEN.keys() - STARTED.keys()))
def test_what_does_not_start_there_does_not_start_here(name: str, tmp_path: Path) -> None:
    folder = _application(GOLDEN[name], tmp_path)
    with pytest.raises(NotStarted) as refused, ours(folder):
        pass
    assert refused.value.code == GOLDEN[name]["exit_code"] == 3
    last = next(line for line in reversed(GOLDEN[name]["log"]) if "Error:" in line)
    assert last.partition(": ")[2].rpartition("/")[2].partition("score.py")[2] in refused.value.log
