"""The way of a model, by clicks alone: file → model → service → request → update → roll back → gone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.window import Window

EXAMPLE = [[0.01] * 10, [0.05] * 10]

# A deployment makes an image, proves it and starts a service: seconds, on a busy machine a minute.
WORK = 120_000


def register_file(window: Window, name: str) -> None:
    window.files_menu("diabetes.joblib", "Register as a Model…")
    dialog = window.dialog("Register a model")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Tags").fill("stage=test")
    dialog.get_by_label("Example input").fill(json.dumps(EXAMPLE))
    expect(dialog.get_by_text("%register_model")).to_contain_text(f"--name {name}")
    assert window.violations(".jp-mlops-modal") == []
    dialog.get_by_role("button", name="Register").click()
    expect(dialog).to_be_hidden(timeout=WORK)


def succeed(dialog: Any) -> None:
    """Wait until the operation in the dialog is over; it must have succeeded."""
    state = dialog.locator(".jp-mlops-operation .jp-mlops-badge")
    expect(state).to_have_text(re.compile("Succeeded|Failed|Cancelled|Interrupted"), timeout=WORK)
    assert state.inner_text() == "Succeeded", dialog.inner_text()


def finish(window: Window, title: str = "Operation") -> None:
    """Wait for the operation in front to succeed, and close it."""
    dialog = window.dialog(title)
    succeed(dialog)
    dialog.get_by_role("button", name="Close").click()


def ask(window: Window, service: str, times: int) -> int:
    """Score so often, as a program would; how often it has been asked by now."""
    before = 1  # from the form
    window.page.evaluate(
        """async ([service, body, times]) => {
            const base = window.jupyterapp.serviceManager.serverSettings.baseUrl;
            const xsrf = document.cookie.match(/_xsrf=([^;]+)/)?.[1] ?? '';
            for (let at = 0; at < times; at += 1) {
                const answer = await fetch(`${base}jupyter-mlops/services/${service}/test`, {
                    method: 'POST', headers: {'Content-Type': 'application/json', 'X-XSRFToken': xsrf}, body
                });
                if (!answer.ok) throw new Error(await answer.text());
                await new Promise(resolve => setTimeout(resolve, times > 10 ? 120 + 100 * Math.random() : 0));
            }
        }""",
        [service, json.dumps({"data": EXAMPLE}), times],
    )
    return before + times


CALLERS = {
    "curl": ["bash", "-c"],
    "Python": [sys.executable, "-c"],
    "JavaScript": ["node", "--input-type=module", "-e"],
}


def call(command: list[str], text: str, key: str) -> str:
    """What a snippet prints when it is run as it stands."""
    environment = os.environ | {"SERVICE_KEY": key}
    done = subprocess.run([*command, text], env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_from_a_file_to_a_service_and_back(window: Window, pictures: Path | None) -> None:
    # Register, from the file browser's menu.
    register_file(window, "diabetes")
    window.open_panel()
    expect(window.row("model diabetes, newest version 1")).to_be_visible()
    window.row("model diabetes, newest version 1").click()
    window.row("model diabetes version 1").click()
    expect(window.panel.get_by_text("ScikitLearn").first).to_be_visible()
    assert window.violations(".jp-mlops-panel") == []

    # Deploy, from the row's menu: the plan first.
    window.row("model diabetes version 1").locator(".jp-mlops-row").click(button="right")
    window.page.get_by_role("menuitem", name="Deploy diabetes:1…").click()
    dialog = window.dialog("Deploy")
    dialog.get_by_role("textbox", name="Service").fill("glucose")
    dialog.get_by_role("button", name="Show the plan").click()
    expect(dialog.get_by_role("heading", name="What will happen")).to_be_visible(timeout=WORK)
    expect(dialog.locator(".jp-mlops-magic code")).to_contain_text("%deploy glucose --model diabetes:1")
    assert window.violations(".jp-mlops-modal") == []
    window.picture(pictures, "deploy")
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    succeed(dialog)
    assert window.violations(".jp-mlops-modal") == []
    window.picture(pictures, "deployed")
    dialog.get_by_role("button", name="Open glucose").click()
    expect(window.row("service glucose, Healthy")).to_be_visible()

    # Ask it, with the form.
    page = window.service_page("glucose")
    expect(page.get_by_text("Healthy")).to_be_visible()
    page.get_by_label("2, row 1").fill("0.06")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".jp-mlops-status")).to_have_text("200")
    expect(page.get_by_role("region", name="The answer as a table").get_by_role("row")).to_have_count(3)
    assert window.violations(".jp-mlops-page") == []
    window.picture(pictures, "request")
    asked = page.locator(".jp-mlops-magic code")
    expect(asked).to_contain_text("%test_service glucose --json")
    expect(asked).to_contain_text("0.06")

    # A second version; the service is behind, then it is not.
    register_file(window, "diabetes")
    window.open_panel()
    expect(page.get_by_text("behind by 1 version")).to_be_visible()
    page.get_by_role("button", name="Update…").click()
    dialog = window.dialog("Update glucose")
    expect(dialog.get_by_label("Model", exact=True).last).to_have_value("diabetes:2")
    assert window.violations(".jp-mlops-modal") == []
    dialog.get_by_role("button", name="Update", exact=True).click()
    finish(window, "Update glucose")
    expect(page.get_by_text("revision 2")).to_be_visible()
    expect(page.get_by_text("behind by 1 version")).to_be_hidden()

    # Back to the first revision.
    page.get_by_role("tab", name="Revisions").click()
    window.picture(pictures, "revisions")
    assert window.violations(".jp-mlops-page") == []
    page.get_by_role("button", name="Go back to 1").click()
    asked = window.question("Go back to revision 1 of glucose?")
    expect(asked).to_contain_text("Revision 1 (image glucose:1) takes the requests of revision 2 (image glucose:2)")
    expect(asked.get_by_text("%update_service glucose --to-revision 1")).to_be_visible()
    assert window.violations(".jp-mlops-sure") == []
    window.picture(pictures, "roll-back")
    asked.get_by_role("button", name="Go back").click()
    finish(window)
    expect(page.get_by_text("revision 1", exact=False).first).to_be_visible()
    expect(page.get_by_role("button", name="Go back to 2")).to_be_visible()

    # Its log, its plots, its snippets, its keys.
    page.get_by_role("tab", name="Logs").click()
    expect(page.get_by_role("log")).to_contain_text("score")
    assert window.violations(".jp-mlops-page") == []
    window.picture(pictures, "logs")
    page.get_by_role("tab", name="Monitor").click()
    expect(page.get_by_role("img")).to_have_count(4)
    asked = ask(window, "glucose", 100 if pictures else 3)
    expect(page.get_by_text(f"{asked} requests", exact=False)).to_be_visible()
    assert window.violations(".jp-mlops-page") == []
    page.get_by_text("1 min", exact=True).click()
    window.picture(pictures, "monitor")
    window.dark()
    assert window.violations(".jp-mlops-page") == []
    window.picture(pictures, "monitor-dark")
    page.get_by_role("tab", name="Call it").click()
    expect(page.get_by_label("How to call it in curl")).to_contain_text("Bearer $SERVICE_KEY")
    assert window.violations(".jp-mlops-page") == []
    page.get_by_role("tab", name="Keys and origin").click()
    hidden = page.locator(".jp-mlops-bar code").first
    expect(hidden).to_have_text("••••••••••••••••")
    page.get_by_role("button", name="Show").click()
    expect(hidden).not_to_have_text("••••••••••••••••")
    shown = hidden.inner_text()
    page.get_by_role("tab", name="Call it").click()
    for language, command in CALLERS.items():
        page.get_by_text(language, exact=True).click()
        text = page.get_by_label(f"How to call it in {language}").inner_text()
        assert "Bearer" in text
        if shutil.which(command[0]) is not None:
            assert "159.8" in call(command, text, shown), text
    page.get_by_role("tab", name="Keys and origin").click()
    page.get_by_role("button", name="Make the primary key new").click()
    window.question("Make the primary key new?")
    assert window.violations(".jp-mlops-sure") == []
    window.page.get_by_role("button", name="Make new", exact=True).click()
    expect(hidden).not_to_have_text(shown)
    assert window.violations(".jp-mlops-page") == []

    # The panel with all of it, and the picture of it all.
    window.open_panel()
    assert window.violations(".jp-mlops-panel") == []
    window.page.get_by_role("button", name="The workflow picture").click()
    expect(window.page.get_by_role("button", name="service glucose Healthy")).to_be_visible()
    assert window.violations(".jp-mlops-workflow") == []
    window.picture(pictures, "workflow-dark")
    window.light()
    window.picture(pictures, "workflow")

    # Gone, and the panel says so.
    window.command("jupyter-mlops:delete-service", name="glucose")
    asked = window.question("Delete the service glucose?")
    expect(asked.get_by_role("listitem").filter(has_text="its keys and its log")).to_be_visible()
    expect(asked.get_by_role("listitem").filter(has_text="its images: glucose:2, glucose:1")).to_be_visible()
    assert window.violations(".jp-mlops-sure") == []
    window.picture(pictures, "delete")
    asked.get_by_role("button", name="Delete", exact=True).click()
    finish(window)
    expect(window.row("service glucose, Healthy")).to_have_count(0)
