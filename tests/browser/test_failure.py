"""What fails, or is refused, says why, at once, where one looks."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.window import Window

BROKEN = """def init():
    settings = {}
    settings["threshold"]


def run(data):
    return data
"""


def test_what_is_refused_is_said_at_its_field(window: Window, lab: Lab, pictures: Path | None) -> None:
    assert lab.mlops("model", "register", "-n", "fields", "-p", "diabetes.joblib").returncode == 0
    window.open_panel()
    window.command("jupyter-mlops:deploy", model="fields:1")
    dialog = window.dialog("Deploy")
    plan = dialog.get_by_role("button", name="Show the plan")
    dialog.get_by_role("textbox", name="Service").fill("at-its-field")

    # An option, although it was folded away.
    options = dialog.get_by_text("Options of process")
    options.click()
    workers = dialog.get_by_label("workers", exact=True)
    workers.fill("many")
    options.click()
    expect(workers).to_be_hidden()
    plan.click()
    expect(workers).to_be_focused(timeout=60_000)
    expect(workers).to_have_attribute("aria-invalid", "true")
    expect(workers).to_have_accessible_description(re.compile("'many' is no integer"))
    assert window.violations(".jp-mlops-modal") == []
    window.picture(pictures, "refused")

    # A file; the option is forgiven as soon as it is another.
    workers.fill("2")
    expect(dialog.get_by_role("alert")).to_be_hidden()
    dialog.get_by_label("Script", exact=True).select_option("file:")
    script = dialog.get_by_label("Path of the entry script")
    script.fill("nowhere.py")
    plan.click()
    expect(script).to_be_focused(timeout=60_000)
    expect(script).to_have_accessible_description("no such file or folder")

    # A name, when the kernel's Python refuses it.
    script.fill("")
    dialog.get_by_label("Script", exact=True).select_option("")
    name = dialog.get_by_role("textbox", name="Service")
    name.fill("x")
    plan.click()
    expect(name).to_be_focused(timeout=60_000)
    expect(name).to_have_accessible_description(re.compile("'x' is no name for a service"))
    expect(dialog.get_by_role("alert")).to_have_count(1)


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
