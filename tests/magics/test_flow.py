"""Three cells in a real kernel: a model, a script, a service; then everything that is asked of it."""

from __future__ import annotations

import re
import threading
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

MODEL = """
import numpy as np
from sklearn.linear_model import Ridge
X = np.arange(12.0).reshape(6, 2)
model = Ridge().fit(X, X.sum(axis=1))
"""
SCRIPT = """%%score_script score --model toy --input X[:2]
import joblib
from azureml.core.model import Model

def init():
    global toy
    toy = joblib.load(Model.get_model_path("toy"))

def run(data):
    return toy.predict(data)
"""

SLOW = "import time\n\ndef init():\n    time.sleep(600)\n\ndef run(data):\n    return data\n"


def htmls(said: list[dict]) -> list[str]:
    """The HTML of every output, updates among them, in order."""
    kinds = ("display_data", "update_display_data", "execute_result")
    return [
        message["data"]["text/html"] for message in said if message["type"] in kinds and "text/html" in message["data"]
    ]


def errors(said: list[dict]) -> list[str]:
    return [message["evalue"] for message in said if message["type"] == "error"]


@pytest.mark.slow
def test_three_cells_and_what_follows(kernel, tmp_path):
    assert not errors(kernel.run(MODEL))
    assert not errors(kernel.run("%register_model model --name toy --sample X"))

    said = kernel.run(SCRIPT)
    assert not errors(said)
    assert "● proven" in htmls(said)[-1]
    assert "worker" not in [message.get("text", "") for message in said if message["type"] == "stream"]
    source = kernel.run("print(score.source)")[-1]["text"]
    assert "def init" in source
    assert "\n\n\n\n" not in source
    assert "toy" not in kernel.run("print('toy' in dir())")[-1]["text"]  # the cell did not run here

    plan = kernel.run("%deploy toy --model toy --script score --plan")
    assert "nothing was done" in htmls(plan)[-1]

    said = kernel.run("service = %deploy toy --model toy --script score\nservice")
    assert not errors(said)
    try:
        ask(kernel, said)
    finally:
        said = kernel.run("%delete_service toy")
    assert not errors(said)
    assert "is deleted" in htmls(said)[-1]


def ask(kernel, deployed: list[dict]) -> None:
    # The live view is one output that is updated, and the service one more.
    assert sum(message["type"] == "display_data" for message in deployed) == 1
    assert sum(message["type"] == "execute_result" for message in deployed) == 1
    assert any("▸ " in html for html in htmls(deployed))
    assert "● Healthy" in htmls(deployed)[-1]
    for html in htmls(deployed):
        ElementTree.fromstring(html)

    (html,) = htmls(kernel.run("%test_service toy --data X[:3]"))
    assert "200" in html
    assert html.count("<tr>") == 4
    (html,) = htmls(kernel.run("""%test_service toy --json '{"data": "x"}'"""))
    assert "400" in html
    assert "the schema wants" in html
    assert not errors(kernel.run("%test_service toy"))

    (html,) = htmls(kernel.run("keys = %service_keys toy --regenerate primary\nkeys"))
    key = kernel.run("print(keys.primary)")[-1]["text"].strip()
    assert len(key) > 20
    assert key not in html
    assert key not in kernel.run("print(keys)")[-1]["text"]
    assert not errors(kernel.run("%test_service toy --data X[:1]"))

    assert "POST /score 200" in kernel.run("%service_logs toy --lines 20")[-1]["text"]
    assert not errors(kernel.run("%service_logs toy --follow", when="POST /score 200", do=kernel.interrupt))
    assert "● Healthy" in htmls(kernel.run("%services --model toy"))[-1]
    assert "deploy toy" in htmls(kernel.run("%operations"))[-1]
    watch(kernel)
    update(kernel)


def watch(kernel) -> None:
    said = kernel.run("%monitor toy --window 4s")
    (first,) = [message for message in said if message["type"] == "display_data"]
    assert set(first["data"]) == {"text/html", "text/plain", "image/svg+xml"}
    shown = first["transient"]["display_id"]
    kernel.run("%test_service toy")
    while True:  # the cell has returned, and its output goes on by itself
        message = kernel.next_message()
        content = message["content"]
        if message["msg_type"] != "update_display_data" or content["transient"]["display_id"] != shown:
            continue
        if "watched until" in content["data"]["text/plain"]:
            break
    assert "<polyline" in content["data"]["text/html"]
    assert "● Healthy" in content["data"]["text/html"]
    assert "%update_service toy --collect-model-data turns that on" in content["data"]["text/plain"]


def update(kernel) -> None:
    kernel.run("%register_model model --name toy --sample X")
    said = kernel.run("%update_service toy --model toy:2 --tag stage=test")
    assert not errors(said)
    assert "toy:2" in htmls(said)[-1]
    assert "stage=test" in htmls(said)[-1]
    assert kernel.complete("%update_service toy --to-revision ") == ["1"]
    said = kernel.run("%update_service toy --to-revision 1")
    assert not errors(said)
    assert "toy:1" in htmls(said)[-1]


@pytest.mark.slow
def test_a_script_that_fails_shows_the_line_of_the_cell(kernel):
    kernel.run(MODEL)
    kernel.run("%register_model model --name toy --sample X")
    said = kernel.run(SCRIPT.replace("return toy.predict(data)", "return toy.predict(data[0])"))
    (error,) = [message for message in said if message["type"] == "error"]
    assert error["ename"] == "ProofError"
    text = "\n".join(error["traceback"])
    assert re.search(r"Cell \[\d+\], line 10", text), text
    assert "jupyter_mlops/sdk" not in text
    assert "● Failed" in htmls(said)[-1]
    assert errors(kernel.run("score"))


@pytest.mark.slow
def test_an_interrupt_detaches_and_cancel_stops(kernel, tmp_path: Path):
    (tmp_path / "slow.py").write_text(SLOW)
    kernel.run(MODEL)
    kernel.run("%register_model model --name toy")
    said = kernel.run("%deploy toy --model toy --script slow.py", when="▸ start", do=kernel.interrupt)
    (error,) = errors(said)
    found = re.search(r"the operation goes on: %operations (\w+); %operations --cancel \1 stops it", error)
    assert found, error
    assert found[0] in htmls(said)[-1].replace("&amp;", "&")
    assert "Running" in htmls(kernel.run("%operations"))[-1]

    assert not errors(kernel.run(f"%operations --cancel {found[1]}"))
    said = kernel.run(f"%operations {found[1]}")
    assert "Cancelled" in htmls(said)[-1]
    kernel.run("%delete_service toy")


@pytest.mark.slow
def test_a_click_on_cancel_is_heard_while_the_cell_runs(lab_kernel, tmp_path: Path):
    (tmp_path / "slow.py").write_text(SLOW)
    lab_kernel.run(MODEL)
    lab_kernel.run("%register_model model --name toy")
    said = lab_kernel.run("%deploy toy --model toy --script slow.py", when="AnyModel", do=lab_kernel.click)
    (error,) = errors(said)
    assert "was cancelled" in error
    assert "● Cancelled" in "".join(htmls(said))
    *_, last = [message["data"] for message in said if message["type"] == "update_display_data"]
    assert last == {"text/html": "", "text/plain": ""}  # the button is gone from the notebook
    lab_kernel.run("%delete_service toy")


@pytest.mark.slow
def test_without_anywidget_only_the_button_is_missing(lab_kernel):
    lab_kernel.run("import sys\nsys.modules['anywidget'] = None")
    lab_kernel.run(MODEL)
    lab_kernel.run("%register_model model --name toy --sample X")
    said = lab_kernel.run("%build_image toy --model toy")
    assert not errors(said)
    assert not [message for message in said if message["type"] == "comm_open"]
    assert "● Succeeded" in htmls(said)[-2]
    assert "toy:1" in htmls(said)[-1]


def test_monitor_threads_are_daemons():
    from jupyter_mlops.views.monitoring import Monitor

    class Service:
        name = "s"

    monitor = Monitor(Service(), 60)  # type: ignore[arg-type]
    assert monitor._thread.daemon
    assert monitor.interval == 1
    assert threading.current_thread() is not monitor._thread


SECRETIVE = """%%score_script secretive --input [1] --env DB_PASSWORD={password}
import os

def init():
    global known
    known = len(os.environ["DB_PASSWORD"])

def run(data):
    return known
"""


@pytest.mark.slow
def test_a_script_that_reads_a_credential_is_proven_with_it_and_keeps_nothing_of_it(kernel, tmp_path, monkeypatch):
    kernel.run("password = 'geheim-4711'")
    said = kernel.run(SECRETIVE)
    assert not errors(said)
    assert "● proven" in htmls(said)[-1]
    assert "geheim" not in str(said)
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and b"geheim-4711" in path.read_bytes()]
    assert kept == []


COLLECTING = """%%score_script kept --model toy --input X[:2]
import joblib
from azureml.core.model import Model
from azureml.monitoring import ModelDataCollector

def init():
    global toy, inputs
    toy = joblib.load(Model.get_model_path("toy"))
    inputs = ModelDataCollector("toy", designation="inputs")

def run(data):
    inputs.collect(data)
    return toy.predict(data)
"""


@pytest.mark.slow
def test_what_a_service_is_sent_stands_beside_its_training_sample(kernel):
    kernel.run(MODEL.replace("arange(12.0).reshape(6, 2)", "arange(200.0).reshape(100, 2)"))
    kernel.run("%register_model model --name toy --sample X")
    assert not errors(kernel.run(COLLECTING))
    assert not errors(kernel.run("%deploy toy --model toy --script kept --collect-model-data"))
    try:
        (shown,) = [said["data"] for said in kernel.run("%monitor toy --window 1s") if said["type"] == "display_data"]
        assert "no inputs are kept yet" in shown["text/plain"]  # the proof's request is not one
        assert not errors(kernel.run("answer = %test_service toy --data X+1000"))
        (shown,) = [said["data"] for said in kernel.run("%monitor toy --window 1s") if said["type"] == "display_data"]
        assert "100 rows since" in shown["text/plain"]
        assert shown["text/plain"].count("moved") == 2
        assert "inputs against the training sample" in shown["text/html"]
    finally:
        kernel.run("%delete_service toy")
