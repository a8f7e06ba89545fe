"""An image without a deployment; an operation that is cancelled; the way back to the cell that something came from."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.window import Window

WORK = 120_000

ADDER = """def init():
    pass


def run(data):
    return {"sum": 1}
"""

ENDLESS = """import threading


def init():
    threading.Event().wait()


def run(data):
    return data
"""


def test_an_image_of_two_models_is_built_and_can_be_deployed(window: Window, lab: Lab, pictures: Path | None) -> None:
    (lab.files / "adder.py").write_text(ADDER)
    for name in ("left", "right"):
        assert lab.mlops("model", "register", "-n", name, "-p", "diabetes.joblib").returncode == 0
    window.open_panel()
    window.panel.get_by_role("button", name="Build an image…").click()
    dialog = window.dialog("Build an image")
    dialog.get_by_label("Model", exact=True).select_option("left:1")
    dialog.get_by_role("button", name="Add a model").click()
    dialog.get_by_label("Model 2").select_option("right:1")
    dialog.get_by_label("Script", exact=True).select_option("file:")
    dialog.get_by_label("Path of the entry script").fill("adder.py")
    dialog.get_by_role("combobox", name="Image").fill("pair")
    expect(dialog.locator(".jp-mlops-magic code")).to_have_text(
        "%build_image pair --model left:1 --model right:1 --entry-script adder.py"
    )
    assert window.violations(".jp-mlops-modal") == []
    window.picture(pictures, "build")
    dialog.get_by_role("button", name="Build").click()
    go_on = dialog.get_by_role("button", name="Deploy pair:1…")
    expect(go_on).to_be_visible(timeout=WORK)
    assert window.violations(".jp-mlops-modal") == []
    go_on.click()
    deploy = window.dialog("Deploy")
    expect(deploy.get_by_label("Image", exact=True).last).to_have_value("pair:1")
    window.page.keyboard.press("Escape")
    window.row("image pair, newest version 1").click()
    window.row("image pair version 1").click()
    expect(window.panel.get_by_text("left:1, right:1").first).to_be_visible()


def test_an_operation_is_cancelled(window: Window, lab: Lab) -> None:
    (lab.files / "endless.py").write_text(ENDLESS)
    assert lab.mlops("model", "register", "-n", "endless", "-p", "diabetes.joblib").returncode == 0
    window.open_panel()
    window.command("jupyter-mlops:deploy", model="endless:1", entryScript="endless.py")
    dialog = window.dialog("Deploy")
    dialog.get_by_role("textbox", name="Service").fill("endless")
    dialog.get_by_role("button", name="Show the plan").click()
    dialog.get_by_role("button", name="Deploy", exact=True).click(timeout=WORK)
    expect(dialog.get_by_text("It goes on when this is closed")).to_be_visible(timeout=WORK)
    dialog.get_by_role("button", name="Cancel the operation").click()
    expect(dialog.locator(".jp-mlops-operation .jp-mlops-badge")).to_have_text("Cancelled", timeout=WORK)
    dialog.get_by_role("button", name="Close").click()
    expect(window.row("Deploy endless, Cancelled")).to_be_visible()


def test_the_way_back_to_the_cell(window: Window) -> None:
    window.notebook(
        "from sklearn.linear_model import LinearRegression\nline = LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])",
        "%load_ext jupyter_mlops",
        "model = %register_model line --name traced",
        "1 + 1",
    )
    notebook = window.page.evaluate("window.jupyterapp.shell.currentWidget.context.path")
    window.page.evaluate("window.jupyterapp.shell.currentWidget.context.save().then(() => null)")
    window.page.evaluate("window.jupyterapp.shell.currentWidget.close()")
    window.open_panel()
    window.row("model traced, newest version 1").click()
    window.row("model traced version 1").click()
    window.panel.get_by_role("button", name=f"{notebook}, cell [3]").click()
    window.page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.content?.activeCell?.model.sharedModel.getSource()"
        " === 'model = %register_model line --name traced'"
    )
