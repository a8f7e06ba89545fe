"""A registry of a thousand models, and a window that is driven by the keyboard alone."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.window import Window

FILL = """
from pathlib import Path
from jupyter_mlops.sdk.model import Model
from jupyter_mlops.sdk.workspace import Workspace
file = Path("tiny.bin")
file.write_bytes(b"tiny")
workspace = Workspace()
for number in range(1000):
    Model.register(workspace, model_path=str(file), model_name=f"model-{number:04}")
workspace.close()
"""


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("crowded"), base="/")
    subprocess.run([sys.executable, "-c", FILL], env=made.environment, cwd=made.files, check=True)
    made.start()
    yield made
    made.stop()


BUDGET_MS = 300

SHOW = """async () => {
    window.jupyterapp.commands.execute('filebrowser:activate');
    await new Promise(resolve => requestIdleCallback(resolve));
    const began = performance.now();
    await window.jupyterapp.commands.execute('jupyter-mlops:open-panel');
    while (document.querySelector('.jp-mlops-panel [role=treeitem]') === null) {
        await new Promise(resolve => requestAnimationFrame(resolve));
    }
    return performance.now() - began;
}"""


def test_a_thousand_models_show_at_once(crowded: Lab, open_window: Callable[..., Window]) -> None:
    """From the click to the first row, with what the server does for it; the median of three windows.

    Of a machine on which others work, only the time that the page's thread and the server's process had is ours.
    """
    window = open_window(crowded)
    window.open_panel()
    expect(window.row("model model-0999, newest version 1")).to_be_visible()
    # The server knows the workspace by now: this is what a person waits for.
    shown = [show(window, crowded) for _ in range(3)]
    assert statistics.median(min(waited, worked) for waited, worked in shown) < BUDGET_MS, shown
    rows = window.panel.get_by_role("tree", name="Models").get_by_role("treeitem")
    expect(rows).to_have_count(50)
    window.panel.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(100)


def show(window: Window, lab: Lab) -> tuple[float, float]:
    """Milliseconds that the panel of a new page took, and those of them in which a processor worked for it."""
    window.page.reload()
    window.started()
    devtools = window.page.context.new_cdp_session(window.page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = processor(lab, devtools)
    waited = float(window.page.evaluate(SHOW))
    worked = processor(lab, devtools) - before
    devtools.detach()
    assert worked > 0, "nothing was measured"
    return waited, worked


def processor(lab: Lab, devtools: Any) -> float:
    """Processor time so far of the server's process and the page's main thread, in milliseconds."""
    assert lab.process is not None
    fields = Path(f"/proc/{lab.process.pid}/stat").read_text().rpartition(")")[2].split()
    server = (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
    metrics = {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}
    return server + 1000 * metrics["ThreadTime"]


def test_by_the_keyboard_alone(crowded: Lab, open_window: Callable[..., Window]) -> None:
    window = open_window(crowded)
    window.open_panel()
    keyboard = window.page.keyboard
    newest = window.row("model model-0999, newest version 1")
    newest.focus()
    keyboard.press("ArrowRight")
    version = window.row("model model-0999 version 1")
    expect(version).to_be_visible()
    keyboard.press("ArrowDown")
    expect(version).to_be_focused()
    keyboard.press("Shift+F10")
    expect(window.page.get_by_role("menuitem", name="Deploy model-0999:1…")).to_be_visible()
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    dialog = window.dialog("Deploy")
    expect(dialog.get_by_role("textbox", name="Service")).to_be_focused()
    keyboard.press("Escape")
    expect(dialog).to_be_hidden()
