"""What magics show in the cells of a real notebook: live while the kernel is there, a picture when it is not."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

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

SLOW = "import time\n\ndef init():\n    time.sleep(600)\n\ndef run(data):\n    return data\n"


class Notebook:
    """A notebook in front of a kernel with a registered model."""

    def __init__(self, window: Window, *cells: str) -> None:
        self.window = window
        window.notebook(*cells)

    def run(self, source: str) -> Any:
        """Run a cell to its end; its outputs."""
        self.begin(source)
        self.window.idle()
        return self.outputs

    def begin(self, source: str) -> Any:
        """Begin to run a cell, as a person does who then looks at it; its outputs."""
        self.window.page.evaluate(
            """source => {
                const panel = window.jupyterapp.shell.currentWidget, notebook = panel.content;
                notebook.activeCell.model.sharedModel.setSource(source);
                window.ran = notebook.activeCell.model.id;
                void window.jupyterapp.commands.execute('notebook:run-cell-and-select-next');
            }""",
            source,
        )
        index = self.window.page.evaluate(
            """() => Array.from(window.jupyterapp.shell.currentWidget.content.model.cells)
                .findIndex(cell => cell.id === window.ran)"""
        )
        cell = self.window.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")
        self.outputs = cell.locator(".jp-Cell-outputArea")
        return self.outputs


def test_a_deployment_in_a_cell(window: Window) -> None:
    notebook = Notebook(window, MODEL)
    outputs = notebook.begin("%deploy cells --model cells")
    expect(outputs.get_by_text("● Healthy")).to_be_visible(timeout=WORK)
    expect(outputs.get_by_role("button", name="Cancel")).to_have_count(0)
    outputs = notebook.run("%test_service cells --data X_test[:2]")
    expect(outputs.get_by_text("● 200").first).to_be_visible()
    outputs.get_by_label("bmi, row 1").fill("0.2")
    outputs.get_by_role("button", name="Send").click()
