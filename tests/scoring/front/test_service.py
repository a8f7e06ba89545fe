"""The service as a client sees it: routes, statuses, headers, keys."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.scoring.front.conftest import ECHO, KEY, RunningFront, Start

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SCHEMA = """
import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema

def init(): pass

@input_schema("data", NumpyParameterType(np.array([[1, 2]])))
def run(data):
    return data.sum(axis=1).tolist()
"""
RAW = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init(): pass

@rawhttp
def run(request):
    return AMLResponse(request.method + " " + request.full_path, 200, {"X-Evil": "a\\r\\nInjected: yes"})
"""


def test_score(front: RunningFront) -> None:
    answer = front.post({"a": 1})
    assert answer.status_code == 200
    assert answer.json()["echo"] == {"a": 1}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-ms-run-function-failed"] == "False"
    assert float(answer.headers["x-ms-run-fn-exec-ms"]) >= 0
    assert answer.headers["x-ms-server-version"] == "azmlinfsrv/1.5.1"
    assert UUID.fullmatch(answer.headers["x-request-id"])
    assert answer.headers["x-ms-request-id"] == answer.headers["x-request-id"]
    assert "x-ms-client-request-id" not in answer.headers


def test_ids(front: RunningFront) -> None:
    def ids(**given: str) -> tuple[str | None, ...]:
        headers = {name.replace("_", "-"): value for name, value in given.items()}
        answer = front.post({}, headers=headers)
        assert answer.status_code == 200
        return tuple(answer.headers.get(f"x-{name}request-id") for name in ("", "ms-", "ms-client-"))

    assert ids(x_request_id="R") == ("R", "R", None)
    assert ids(x_ms_request_id="B")[1:] == ("B", "B")
    assert ids(x_ms_client_request_id="C")[1:] == ("C", "C")
    assert ids(x_request_id="R", x_ms_request_id="B", x_ms_client_request_id="C") == ("R", "B", "C")
    assert front.post({}, headers={"TraceId": "T"}).headers["TraceId"] == "T"

    long = front.post({}, headers={"x-ms-request-id": "z" * 101})
    assert long.status_code == 431
    assert long.json() == {"message": "x-ms-request-id and x-ms-client-request-id must not exceed 100 characters"}
    assert "x-ms-request-id" not in long.headers
    assert UUID.fullmatch(long.headers["x-request-id"])
    assert "x-request-id" not in front.post({}, headers={"x-request-id": "z" * 101}).headers


def test_routes_that_the_front_answers(front: RunningFront) -> None:
    http = front.http
    root = http.get("/")
    assert (root.status_code, root.text, root.headers["content-type"]) == (200, "Healthy", "text/html; charset=utf-8")
    assert "x-ms-run-function-failed" not in root.headers
    assert http.head("/").status_code == 200
    assert http.options("/").headers["allow"] == "HEAD, OPTIONS, GET"
    for method, path in [
        ("POST", "/"),
        ("DELETE", "/"),
        ("PUT", "/score"),
        ("PATCH", "/score"),
        ("POST", "/swagger.json"),
    ]:
        answer = http.request(method, path)
        assert answer.status_code == 405, (method, path)
        assert answer.json() == {"message": "The method is not allowed for the requested URL."}
        assert answer.headers["allow"]
        assert UUID.fullmatch(answer.headers["x-request-id"])
    head = http.head("/score")
    assert (head.status_code, head.content) == (405, b"")
    for path in ("/nope", "/score/", "/v1/score"):
        answer = http.get(path)
        assert answer.status_code == 404
        assert answer.json()["message"].startswith("The requested URL was not found")
    options = http.options("/score")
    assert (options.status_code, options.content, options.headers["content-type"]) == (
        200,
        b"",
        "text/html; charset=utf-8",
    )
    assert options.headers["x-ms-run-function-failed"] == "False"
    assert http.get("/healthz/live").status_code == 200
    assert http.get("/healthz/ready").json() == {"ready": True}


def test_queries_become_json(front: RunningFront) -> None:
    answer = front.http.get('/score?a=1&b=[1,2]&c=x&d=null&e=1&e=2&f=&g=%7B"k":1.5%7D')
    assert answer.json()["echo"] == {"a": 1, "b": [1, 2], "c": "x", "d": None, "e": [1, 2], "f": "", "g": {"k": 1.5}}
    assert front.http.get("/score").json()["echo"] == {}


def test_swagger(start: Start) -> None:
    front = start(env={"SERVICE_NAME": "diabetes", "SERVICE_VERSION": "3", "SERVICE_PATH_PREFIX": "/api/v1/"})
    for query, key, value in [
        ("", "swagger", "2.0"),
        ("?version=2", "swagger", "2.0"),
        ("?version=3.1", "openapi", "3.1.0"),
    ]:
        document = front.http.get(f"/swagger.json{query}").json()
        assert document[key] == value
        assert document["info"]["title"] == "diabetes"
        assert document["info"]["version"] == "3"
        assert "/api/v1/score" in document["paths"]
    bad = front.http.get("/swagger.json?version=4")
    assert bad.status_code == 404
    assert bad.json() == {"message": "Swagger version [4] is not valid. Supported versions: [2, 3, 3.1]."}
    assert front.control.get("/swagger.json?version=3").json()["openapi"] == "3.0.3"


def test_docs_need_no_network(front: RunningFront) -> None:
    page = front.http.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "swagger.json" in page.text
    assert not re.search(r"(src|href)=.?(https?:)?//", page.text)


def test_keys(front: RunningFront) -> None:
    def status(path: str, **headers: str) -> int:
        return httpx.get(f"http://127.0.0.1:{front.port}{path}", headers=headers, trust_env=False).status_code

    without = httpx.post(f"http://127.0.0.1:{front.port}/score", content=b"{}", trust_env=False)
    assert without.status_code == 401
    assert "auth_enabled=False" in without.json()["message"]
    assert without.headers["www-authenticate"] == "Bearer"
    assert status("/score", Authorization="Bearer wrong") == 403
    assert status("/score", Authorization="Bearer") == 403
    assert status("/score", Authorization="Bearer key-two") == 200
    assert status("/score", Authorization="bearer key-one") == 200
    assert status("/score", Authorization="Basic dXNlcjprZXktb25l") == 200
    assert status("/score", Authorization="Basic ?") == 403
    assert status("/score", Authorization="Bearer key-scrape") == 403
    assert status("/metrics", Authorization="Bearer key-scrape") == 200
    assert status("/docs", Authorization="Bearer key-scrape") == 200
    for path in ("/metrics", "/docs", "/swagger.json"):
        assert status(path) == 401
    for path in ("/", "/healthz/live", "/healthz/ready"):
        assert status(path) == 200


def test_keys_are_rotated_without_a_restart(front: RunningFront) -> None:
    for _ in range(5):
        assert front.post({}).status_code == 200  # its head is remembered now
    keys = front.folder / "keys"
    (keys / "primary").write_text("")  # being written: the key stays
    time.sleep(0.8)
    assert front.post({}).status_code == 200
    (keys / "primary").write_text("new-key\n")
    end = time.monotonic() + 30
    while front.post({}).status_code != 403:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert front.post({}, headers={"Authorization": "Bearer new-key"}).status_code == 200
    assert front.post({}, headers={"Authorization": "Bearer key-two"}).status_code == 200
    assert "new-key" not in front.log()


def test_a_new_key_counts_at_once(front: RunningFront) -> None:
    for number in range(20):
        (front.folder / "keys" / "primary").write_text(f"key-{number}-of-many\n")
        assert front.post({}, headers={"Authorization": f"Bearer key-{number}-of-many"}).status_code == 200


def test_a_key_is_checked_before_the_body_is_read(front: RunningFront) -> None:
    got = front.raw(b"POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n{")
    assert got.startswith(b"HTTP/1.1 401")
    assert b"Connection: close" in got


def test_without_keys_it_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(ECHO)
    (tmp_path / "empty").mkdir()
    command = [sys.executable, "-m", "jupyter_mlops.scoring", "--entry-script", "score.py", "--port", "0"]
    for folder, code in (("", 2), (str(tmp_path / "empty"), 1)):
        surroundings = os.environ | {"JUPYTER_MLOPS_KEYS_DIR": folder, "JUPYTER_MLOPS_AUTH": ""}
        done = subprocess.run(command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, timeout=60)
        assert done.returncode == code
        assert "JUPYTER_MLOPS_AUTH=off" in done.stdout + done.stderr


def test_auth_off_is_loud(start: Start) -> None:
    front = start(env={"JUPYTER_MLOPS_KEYS_DIR": "", "JUPYTER_MLOPS_AUTH": "off"})
    assert "EVERYBODY MAY ASK" in front.log()
    assert httpx.post(f"http://127.0.0.1:{front.port}/score", content=b"{}", trust_env=False).status_code == 200


def test_errors_of_the_script(front: RunningFront) -> None:
    raised = front.post({"raise": "boom"})
    assert raised.status_code == 500
    assert raised.headers["x-ms-run-function-failed"] == "True"
    assert raised.json() == {"message": "An unexpected error occurred in scoring script. Check the logs for more info."}
    assert "x-ms-run-fn-exec-ms" not in raised.headers
    assert front.post({}).status_code == 200


def test_a_schema_wants_json(start: Start) -> None:
    front = start(SCHEMA)
    good = json.dumps({"data": [[1, 2], [3, 4]]})
    for kind, status in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/vnd.api+json", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ]:
        answer = front.http.post("/score", content=good, headers={"Content-Type": kind})
        assert answer.status_code == status, kind
    answer = front.http.post("/score", content=good.encode())
    assert answer.status_code == 415
    assert answer.json() == {"message": "Expects Content-Type to be application/json"}
    assert front.http.get("/score?data=[[1,2]]").json() == [3]


def test_a_form_goes_to_an_undecorated_run_as_it_is_and_the_log_says_so_once(front: RunningFront) -> None:
    body = '{"a": "1&b=2"}'
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"):
        for ids in ({}, {"x-request-id": kind[:5]}):  # heads that are remembered, and heads that are not
            answer = front.http.post("/score", content=body, headers={"Content-Type": kind, **ids})
            assert answer.json()["echo"] == json.loads(body), kind
    front.stop()
    warnings = [line for line in front.log().splitlines() if " W [" in line]
    assert len(warnings) == 1
    assert "Content-Type of a form" in warnings[0]
    assert "1&b=2" not in front.log()


def test_raw_requests_and_headers_of_the_script(start: Start) -> None:
    front = start(RAW)
    answer = front.http.request("GET", "/score?x=1")
    assert answer.text == "GET /score?x=1"
    assert "injected" not in answer.headers
    assert front.http.request("OPTIONS", "/score").text.startswith("OPTIONS")
    head = front.http.head("/score")
    assert (head.status_code, head.content) == (200, b"")
    assert front.http.put("/score", content=b"x").status_code == 405
    assert httpx.request("OPTIONS", f"http://127.0.0.1:{front.port}/score", trust_env=False).status_code == 401


def test_cross_origin(start: Start) -> None:
    front = start(ECHO, "--cors-origins", "https://a.example, https://b.example")
    url = f"http://127.0.0.1:{front.port}/score"
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    preflight = httpx.options(url, headers={"Origin": "https://a.example", **asks}, trust_env=False)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://a.example"
    assert preflight.headers["access-control-allow-methods"] == "GET, POST"
    assert preflight.headers["access-control-allow-headers"] == "authorization, content-type"
    assert preflight.headers.get_list("vary") == ["Origin"]
    other = httpx.options(url, headers={"Origin": "https://c.example", **asks}, trust_env=False)
    assert other.status_code == 200
    assert "access-control-allow-origin" not in other.headers
    answer = front.post({}, headers={"Origin": "https://b.example"})
    assert answer.headers["access-control-allow-origin"] == "https://b.example"
    refused = httpx.post(url, headers={"Origin": "https://b.example"}, trust_env=False)
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "https://b.example"


def test_body_limit(start: Start) -> None:
    front = start(ECHO, "--body-limit", "100")
    big = front.post({"a": "x" * 200})
    assert big.status_code == 413
    assert front.post({"a": "x"}).status_code == 200


def test_a_large_body_and_a_large_answer(front: RunningFront) -> None:
    text = "x" * 20_000_000
    answer = front.post({"a": text})
    assert answer.status_code == 200
    assert answer.json()["echo"]["a"] == text


def test_the_log_has_a_line_for_each_request_and_no_secret(front: RunningFront) -> None:
    front.post({"payload": "do-not-log"}, headers={"x-request-id": "R1", "x-ms-client-request-id": "C1"})
    front.http.get("/score?secret=do-not-log")
    front.http.get("/healthz/live")
    front.http.get("/nope%0aInjected")
    front.stop()
    log = front.log()
    assert re.search(r"I \[\d+\] request - POST /score 200 [\d.]+ms \d+ R1 C1\n", log)
    assert re.search(r"GET /score 200 [\d.]+ms", log)
    assert "healthz" not in log
    assert "\nInjected" not in log
    assert "do-not-log" not in log
    assert KEY not in log


def test_json_lines(start: Start) -> None:
    front = start(ECHO, "--log-format", "json")
    front.post({}, headers={"x-request-id": "R1"})
    front.stop()
    lines = [json.loads(line) for line in front.log().splitlines()]
    assert any(line["logger"] == "script" and line["message"] == "init ran" for line in lines)
    request = next(line for line in lines if line["logger"] == "request")
    assert (request["method"], request["route"], request["status"], request["request_id"]) == (
        "POST",
        "/score",
        200,
        "R1",
    )


def test_metrics(front: RunningFront) -> None:
    for _ in range(3):
        front.post({})
    front.post({"raise": "x"})
    front.http.get("/nope")
    front.http.get("/healthz/live")
    front.control.post("/score", json={})  # a probe counts nowhere
    text = front.http.get("/metrics").text
    assert 'mlops_requests_total{model="",route="/score",service="ML service",status="200"} 3.0' in text
    assert 'route="/score",service="ML service",status="500"} 1.0' in text
    assert 'route="other",service="ML service",status="404"} 1.0' in text
    assert "healthz" not in text
    assert 'mlops_request_duration_seconds_count{model="",service="ML service"} 4.0' in text
    assert 'mlops_run_duration_seconds_count{model="",service="ML service"} 3.0' in text
    assert re.search(r'mlops_process_resident_memory_bytes\{process="worker-\d+"\} \d', text)
    assert re.search(r'mlops_process_cpu_seconds_total\{process="front"\} [\d.]+', text)
    assert "mlops_requests_in_flight 0.0" in text
    assert "mlops_worker_restarts_total 0.0" in text
    assert front.control.get("/metrics").text.startswith("# HELP")
