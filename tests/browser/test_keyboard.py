"""A deployment and a request without a pointer: what Tab reaches, what Enter does, where the focus is afterwards."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.window import Window

WORK = 120_000


def register(window: Window) -> None:
    """A model with an example of a request: Enter in the name registers it."""
    window.command("jupyter-mlops:register-file", path="diabetes.joblib")
    dialog = window.dialog("Register a model")
    expect(dialog.get_by_label("Name")).to_be_focused()
    window.page.keyboard.press("Control+A")
    window.page.keyboard.type("alone")
    tab_to(window, dialog.get_by_label("Example input"), "Shift+Tab")
    window.page.keyboard.type(json.dumps([[0.01] * 10]))
    tab_to(window, dialog.get_by_label("Name"))
    window.page.keyboard.press("Enter")
    told = dialog.get_by_role("alert")
    window.row("model alone, newest version 1").or_(told).wait_for(timeout=WORK)
    assert told.count() == 0, told.inner_text()
    expect(dialog).to_be_hidden()


def tab_to(window: Window, goal: Any, key: str = "Tab") -> None:
    """Press Tab until the goal has the focus; it must be on the way."""
    for _ in range(60):
        if goal.evaluate("element => element === document.activeElement"):
            return
        window.page.keyboard.press(key)
    held = window.page.evaluate("document.activeElement.outerHTML.slice(0, 300)")
    raise AssertionError(f"{key} does not reach {goal}; the focus is at {held}")


def test_from_the_dialog_to_the_score(window: Window) -> None:
    keyboard = window.page.keyboard
    window.open_panel()
    register(window)
    window.command("jupyter-mlops:deploy", model="alone:1")
    dialog = window.dialog("Deploy")
    name = dialog.get_by_role("textbox", name="Service")
    expect(name).to_be_focused()

    # A plan that cannot be made leaves the focus where one types on.
    keyboard.press("Control+A")
    keyboard.type("x")
    keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_be_visible(timeout=WORK)
    expect(name).to_be_focused()

    # Enter makes the plan, and goes on to “Deploy”; Enter again deploys.
    keyboard.press("Control+A")
    keyboard.type("Twice As Much")
    keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Deploy", exact=True)).to_be_focused(timeout=WORK)
    expect(dialog.get_by_role("heading", name="What will happen")).to_be_visible()
    expect(name).to_have_value("twice-as-much")
    keyboard.press("Enter")

    # The stages, then the service that runs.
    expect(dialog.locator(".jp-mlops-operation")).to_be_focused(timeout=WORK)
    expect(dialog.get_by_role("button", name="Open twice-as-much")).to_be_focused(timeout=WORK)
    keyboard.press("Enter")
    page = window.page.locator(".jp-mlops-page")
    expect(page.locator(".jp-mlops-badge")).to_have_text("Healthy")

    # Its tabs by the arrows; a cell of the form; Enter sends it as it is.
    tab_to(window, page.get_by_role("tab", name="Request"))
    keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Logs")).to_be_focused()
    keyboard.press("ArrowLeft")
    cell = page.get_by_label("2, row 1")
    tab_to(window, cell)
    keyboard.press("Control+A")
    keyboard.type("0.06")
    keyboard.press("Enter")
    score = page.get_by_role("region", name="The answer as a table").get_by_role("cell").last
    expect(score).to_have_text(re.compile(r"^[0-9.]+$"))
    first = score.inner_text()
    expect(cell).to_be_focused()

    # The button does the same, and keeps the focus for the next request.
    keyboard.press("Control+A")
    keyboard.type("0.01")
    send = page.get_by_role("button", name="Send", exact=True)
    tab_to(window, send)
    keyboard.press("Enter")
    expect(page.get_by_label("History of requests").get_by_role("option")).to_have_count(2)
    expect(score).to_have_text(re.compile(r"^[0-9.]+$"))
    assert float(score.inner_text()) < float(first), "a higher bmi was sent first"
    expect(send).to_be_focused()
