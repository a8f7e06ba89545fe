"""A service's page: every way to write a request and to show an answer; what it does when the service is down."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.window import Window

WORK = 120_000

ECHO = '''"""Answers with the picture that it was sent, or with what it understood."""
import json
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    pass


@rawhttp
def run(request):
    body = request.get_data()
    if body.startswith(b"\\x89PNG"):
        return AMLResponse(body, 200, {"Content-Type": "image/png"})
    if not body.startswith(b"{"):
        return AMLResponse(body[::-1], 200, {"Content-Type": "application/octet-stream"})
    return json.loads(body)
'''

REGISTER = """
from jupyter_mlops.sdk.model import Model
from jupyter_mlops.sdk.workspace import Workspace
with Workspace() as workspace:
    Model.register(workspace, model_path="diabetes.joblib", model_name="echoed", sample=bytes([1, 2, 3]))
"""

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def echo(lab: Lab) -> str:
    """The name of a service that answers in each of the ways; its model was registered with bytes as an example."""
    (lab.files / "echo.py").write_text(ECHO)
    subprocess.run([sys.executable, "-c", REGISTER], env=lab.environment, cwd=lab.files, check=True)
    done = lab.mlops("model", "deploy", "-n", "echo", "-m", "echoed:1", "--entry-script", "echo.py", "--hot-reload")
    assert done.returncode == 0, done.stderr
    return "echo"


def test_requests_as_json_as_a_file_and_again(window: Window, echo: str, tmp_path: Path) -> None:
    page = window.service_page(echo)
    request, answer = page.get_by_role("region", name="Request"), page.get_by_role("region", name="Answer", exact=True)

    # The example that was recorded is sent as the bytes that it is.
    expect(page.get_by_text("Without one, the example that was recorded: 3 bytes")).to_be_visible()
    request.get_by_role("button", name="Send").click()
    with window.page.expect_download() as downloaded:
        answer.get_by_role("link", name="Save the answer").click()
    assert Path(downloaded.value.path()).read_bytes() == b"\x03\x02\x01"
    assert window.violations(".jp-mlops-page") == []

    # JSON: an answer that is a table, and one that is none.
    page.get_by_text("JSON", exact=True).first.click()
    body = page.get_by_label("Body of the request, as JSON")
    body.fill('{"name": ["a", "b"], "score": [0.5, 1]}')
    body.press("Control+Enter")
    expect(answer.get_by_role("row")).to_have_count(3)
    answer.get_by_text("JSON", exact=True).click()
    expect(answer.get_by_label("The answer", exact=True)).to_have_text('{"name": ["a", "b"], "score": [0.5, 1]}')
    answer.get_by_text("Headers").click()
    expect(answer.get_by_text("x-ms-request-id")).to_be_visible()
    body.fill('{"deep": {"er": [1, [2]]}}')
    request.get_by_role("button", name="Send").click()
    expect(answer.get_by_label("The answer", exact=True)).to_have_text('{"deep": {"er": [1, [2]]}}')
    expect(request.get_by_role("button", name="Send")).to_be_focused()
    assert window.violations(".jp-mlops-page") == []

    # The bytes of a file: a picture is shown, what is neither is saved.
    (tmp_path / "dot.png").write_bytes(DOT)
    (tmp_path / "bytes.bin").write_bytes(b"\x04\x05")
    page.get_by_text("File", exact=True).click()
    page.get_by_label("The bytes of a file are the body").set_input_files(tmp_path / "dot.png")
    request.get_by_role("button", name="Send").click()
    picture = answer.get_by_role("img", name="The answer, an image")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 1
    page.get_by_label("The bytes of a file are the body").set_input_files(tmp_path / "bytes.bin")
    expect(page.get_by_text("bytes.bin: 2 bytes")).to_be_visible()
    request.get_by_role("button", name="Send").click()
    with window.page.expect_download() as downloaded:
        answer.get_by_role("link", name="Save the answer").click()
    assert Path(downloaded.value.path()).read_bytes() == b"\x05\x04"
    assert window.violations(".jp-mlops-page") == []

    # What was sent before can be seen, and sent again.
    history = answer.get_by_label("History of requests")
    expect(history.get_by_role("option")).to_have_count(5)
    history.select_option("2")
    answer.get_by_text("Table", exact=True).click()
    expect(answer.get_by_role("row")).to_have_count(3)
    answer.get_by_role("button", name="Send this again").click()
    page.get_by_text("JSON", exact=True).first.click()
    expect(body).to_have_value('{"name": ["a", "b"], "score": [0.5, 1]}')
    request.get_by_role("button", name="Send").click()
    expect(history.get_by_role("option")).to_have_count(6)

    # An answer that is an error is shown as one.
    body.fill("{no json")
    request.get_by_role("button", name="Send").click()
    expect(answer.locator(".jp-mlops-status[data-tone=bad]")).to_be_visible()
    assert window.violations(".jp-mlops-page") == []


def test_a_changed_script_is_reloaded(window: Window, lab: Lab, echo: str) -> None:
    page = window.service_page(echo)
    (lab.files / "echo.py").write_text(ECHO.replace("return json.loads(body)", "return {'changed': 1}"))
    page.get_by_role("button", name="Reload the script").click()
    expect(page.get_by_text("differs from its image")).to_be_visible(timeout=WORK)
    page.get_by_text("JSON", exact=True).click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("columnheader", name="changed")).to_be_visible()
    assert window.violations(".jp-mlops-page") == []


def test_the_page_comes_back_and_a_stopped_service_is_started(window: Window, lab: Lab, echo: str) -> None:
    window.service_page(echo)
    window.open_panel()
    window.saved()
    window.page.goto(f"{lab.url}lab?token={lab.token}")
    window.page.wait_for_function("window.jupyterapp !== undefined", timeout=60_000)
    page = window.page.locator(".jp-mlops-page")
    expect(page.get_by_role("heading", name=echo)).to_be_visible(timeout=30_000)
    expect(page.locator(".jp-mlops-badge")).to_have_text("Healthy")

    # Its processes are killed, as a restart of the machine would.
    os.kill(front(lab, echo), signal.SIGKILL)
    expect(page.locator(".jp-mlops-badge")).to_have_text("Unhealthy", timeout=40_000)
    assert window.violations(".jp-mlops-page") == []
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".jp-mlops-badge")).to_have_text("Healthy", timeout=WORK)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".jp-mlops-status")).to_be_visible()


def front(lab: Lab, service: str) -> int:
    """The process that owns the service's port."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode().split("\0")
            cwd = str((folder / "cwd").readlink())
        except OSError:
            continue
        if "jupyter_mlops.scoring" in command and cwd.startswith(str(lab.folder)) and cwd.endswith(f"/{service}"):
            return int(folder.name)
    raise AssertionError(f"no front of {service} runs")
