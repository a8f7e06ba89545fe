"""What magics show in the cells of a real notebook: live while the kernel is there, a picture when it is not."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.window import Window

WORK = 120_000

MODEL = """%load_ext jupyter_mlops
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
data = load_diabetes(as_frame=True)
X_train, X_test = data.data[:400], data.data[400:]
ridge = Ridge().fit(X_train, data.target[:400])
registered = %register_model ridge --name cells --sample X_train"""

SLOW = """import time

def init():
    for second in range(600):
        print("second", second, flush=True)
        time.sleep(1)

def run(data):
    return data
"""

CELL = """%%score_script cells_script --model cells --input X_test[:2]
import joblib
import pandas as pd
from azureml.core.model import Model
from azureml.monitoring import ModelDataCollector

def init():
    global ridge, inputs
    ridge = joblib.load(Model.get_model_path("cells"))
    inputs = ModelDataCollector("cells", designation="inputs")

def run(data: pd.DataFrame):
    inputs.collect(data)
    return ridge.predict(data)"""


class Notebook:
    """A notebook in front. A cell's outputs are found by its place."""

    def __init__(self, window: Window, *cells: str) -> None:
        self.page = window.page
        self.window = window
        window.notebook(*cells)

    def run(self, source: str) -> Any:
        """Run a cell to its end, and look at it; its outputs."""
        outputs = self.begin(source)
        self.end()
        self.page.evaluate(
            """() => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                return notebook.scrollToItem(notebook.model.cells.length - 2);
            }"""
        )
        return outputs

    def begin(self, source: str) -> Any:
        """Begin to run the last cell, as a person does who then looks at it; its outputs."""
        index = self.page.evaluate(
            """source => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                const index = notebook.activeCellIndex = notebook.model.cells.length - 1;
                notebook.activeCell.model.sharedModel.setSource(source);
                window.ran = window.jupyterapp.commands.execute('notebook:run-cell-and-insert-below');
                return index;
            }""",
            source,
        )
        self.page.wait_for_function(
            "count => window.jupyterapp.shell.currentWidget.content.model.cells.length > count", arg=index + 1
        )
        return self.outputs(index)

    def outputs(self, index: int) -> Any:
        """The outputs of the cell at that place."""
        return self.page.locator(f".jp-Cell[data-windowed-list-index='{index}'] .jp-Cell-outputArea")

    def end(self) -> None:
        """Wait until the cell that was begun has run."""
        self.page.evaluate("window.ran.then(() => null)")

    def save(self) -> str:
        """Save it; its path in the server's files."""
        self.page.evaluate("window.jupyterapp.shell.currentWidget.context.save().then(() => null)")
        return str(self.page.evaluate("window.jupyterapp.shell.currentWidget.context.path"))


def test_a_service_in_cells(window: Window, lab: Lab, pictures: Path | None) -> None:
    window.command("application:toggle-left-area")
    notebook = Notebook(window, MODEL, CELL)

    # Deployed, while the kernel waits.
    outputs = notebook.run("%deploy cells --model cells --script cells_script --collect-model-data")
    expect(outputs.get_by_text("● Succeeded")).to_be_visible()
    expect(outputs.get_by_text("● Healthy")).to_be_visible()
    expect(outputs.get_by_role("button", name="Cancel")).to_have_count(0)

    # A table that follows the states.
    table = notebook.run("%services")
    expect(table.get_by_role("row").filter(has_text="cells").get_by_text("● Healthy")).to_be_visible()

    # The form, and the answer beside it.
    asked = notebook.run("%test_service cells --data X_test[:2]")
    answer = asked.get_by_role("region", name="Answer")
    expect(answer.get_by_text("● 200")).to_be_visible()
    answered = answer.get_by_role("cell")
    first = answered.first.inner_text()
    asked.get_by_label("bmi, row 1").fill("0.2")
    asked.get_by_role("button", name="Send").click()
    expect(answered.first).not_to_have_text(first)
    assert window.violations(".jp-Cell-outputArea") == []
    window.picture(pictures, "cell-request")

    # As JSON, and back; what the service refuses is told where the answer stood.
    asked.get_by_role("button", name="JSON").click()
    body = asked.get_by_label("Body of the request, as JSON")
    expect(body).to_have_value(re.compile('"bmi": 0.2'))
    body.fill('{"data": "x"}')
    asked.get_by_role("button", name="Send").click()
    expect(answer.get_by_text("● 400")).to_be_visible()
    body.fill('{"data": [{"age": 1}]}')
    asked.get_by_role("button", name="Form").click()
    expect(asked.get_by_label("age, row 1")).to_have_value("1")
    asked.get_by_role("button", name="Back to the example").click()
    asked.get_by_role("button", name="Add a row").click()
    asked.get_by_label("bmi, row 3").press("Control+Enter")
    expect(answered).to_have_count(3)

    # Plots that go on while another cell runs; the form answers meanwhile.
    notebook.run("for _ in range(15): answer = %test_service cells --data X_train.sample(7).assign(bmi=0.1)")
    watched = notebook.run("%monitor cells --live")
    expect(watched.get_by_role("img")).to_have_count(4)
    notebook.begin("import time\nstop_at = time.monotonic() + 60\nwhile time.monotonic() < stop_at: time.sleep(0.1)")
    before = watched.get_by_text(re.compile(r"requests \d+")).inner_text()
    asked.get_by_role("button", name="Send").click()
    expect(watched.get_by_text(re.compile(r"requests \d+"))).not_to_have_text(before, timeout=20_000)
    window.command("notebook:interrupt-kernel")
    notebook.end()
    expect(watched.get_by_text("inputs against the training sample")).to_be_visible()
    expect(watched.get_by_text("rows since")).to_be_visible()
    expect(watched.get_by_role("row").filter(has_text="bmi").get_by_text("● moved")).to_be_visible()
    watched.scroll_into_view_if_needed()
    assert window.violations(".jp-Cell-outputArea") == []
    window.picture(pictures, "cell-monitor")
    watched.get_by_role("button", name="Stop watching").click()
    expect(watched.get_by_text("watched until")).to_be_visible()
    expect(watched.get_by_role("button", name="Stop watching")).to_have_count(0)

    # The picture of it all, in the dark too.
    drawn = notebook.run("%workspace")
    expect(drawn.get_by_label("The workflow picture").locator("text", has_text="cells:1").first).to_be_visible()
    window.dark()
    assert window.violations(".jp-Cell-outputArea") == []
    window.light()

    # The table saw what a terminal did.
    assert lab.mlops("service", "delete", "--name", "cells").returncode == 0
    expect(table.get_by_role("row").filter(has_text="cells")).to_have_count(0, timeout=30_000)

    reopened(window, lab, notebook)


def reopened(window: Window, lab: Lab, notebook: Notebook) -> None:
    """Without its kernel, and as a page of HTML, a notebook shows what it showed last, and no widget that is lost."""
    path = notebook.save()
    window.page.evaluate(
        """async () => {
            const panel = window.jupyterapp.shell.currentWidget;
            await panel.sessionContext.shutdown();
            panel.dispose();
        }"""
    )
    window.page.evaluate(
        """path => window.jupyterapp.commands.execute(
            'docmanager:open', {path, kernelPreference: {shouldStart: false, canStart: false}}).then(() => null)""",
        path,
    )
    shown = window.page.locator(".jp-Notebook")
    expect(shown.get_by_text("● 200").first).to_be_visible()
    expect(shown.get_by_text("watched until").first).to_be_attached()
    expect(shown.get_by_role("button", name="Send")).to_have_count(0)
    text = (lab.files / path).read_text()
    assert "widget" not in text
    converted = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", "--stdout", str(lab.files / path)],
        env=lab.environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for word in ("● Succeeded", "● 200", "watched until", "<polyline", "The workflow picture"):
        assert word in converted, word
    # ipywidgets' own plugin stumbles over a notebook without a kernel.
    window.failures[:] = [failure for failure in window.failures if "@jupyter-widgets/" not in failure]


def test_a_deployment_is_cancelled_in_the_middle(open_window: Callable[..., Window], lab: Lab) -> None:
    window = open_window(lab, dark=True)
    (lab.files / "slow.py").write_text(SLOW)
    notebook = Notebook(window, MODEL)
    outputs = notebook.begin("%deploy slow --model cells --script slow.py")
    cancel = outputs.get_by_role("button", name="Cancel")
    expect(cancel).to_be_visible(timeout=WORK)
    log = outputs.locator("pre")
    expect(log).to_be_hidden()
    outputs.get_by_text(re.compile(r"log \(\d+ lines?\)")).click()
    expect(log).to_contain_text("second 2", timeout=WORK)  # it stays open while it grows
    assert window.violations(".jp-Cell-outputArea") == []
    cancel.click()
    expect(outputs.get_by_text("● Cancelled")).to_be_visible(timeout=WORK)
    notebook.end()
    expect(outputs.get_by_text("was cancelled")).to_be_visible()
    expect(cancel).to_have_count(0)
    lab.mlops("service", "delete", "--name", "slow")
