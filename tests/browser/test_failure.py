"""A deployment that fails says why, at once, where one looks."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.window import Window

BROKEN = """def init():
    settings = {}
    settings["threshold"]


def run(data):
    return data
"""


def test_a_script_that_fails_shows_its_own_error(window: Window, lab: Lab) -> None:
    (lab.files / "broken.py").write_text(BROKEN)
    assert lab.mlops("model", "register", "-n", "any", "-p", "diabetes.joblib").returncode == 0
    window.files_menu("broken.py", "Deploy This Entry Script…")
    dialog = window.dialog("Deploy")
    expect(dialog.get_by_label("Path of the entry script")).to_have_value("broken.py")
    dialog.get_by_label("Model", exact=True).last.select_option("any:1")
    dialog.get_by_role("textbox", name="Service").fill("broken-one")
    dialog.get_by_role("button", name="Show the plan").click()
    expect(dialog.get_by_role("heading", name="What will happen")).to_be_visible(timeout=60_000)
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    told = dialog.get_by_role("alert")
    expect(told).to_contain_text("threshold", timeout=60_000)
    expect(dialog.get_by_text("Failed", exact=True)).to_be_visible()
    told.get_by_text("The whole text").click()
    expect(told.locator("pre")).to_contain_text("broken.py")
    assert window.violations(".jp-mlops-modal") == []
    dialog.get_by_role("button", name="Close").click()
    window.open_panel()
    expect(window.row("Deploy broken-one, Failed")).to_be_visible()
