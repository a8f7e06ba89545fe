"""Which workspace is shown, how often services are asked, whether deletions ask: by the settings and by hand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.window import Window


def setting(window: Window, name: str, value: object) -> None:
    """As the settings editor keeps it."""
    window.page.evaluate(
        """async ([name, value]) => {
            const answer = await window.jupyterapp.serviceManager.settings.fetch('jupyter-mlops:plugin');
            const raw = JSON.stringify({...JSON.parse(answer.raw || '{}'), [name]: value});
            await window.jupyterapp.serviceManager.settings.save('jupyter-mlops:plugin', raw);
        }""",
        [name, value],
    )


def other_workspace(lab: Lab, folder: Path) -> None:
    environment = lab.environment | {"JUPYTER_MLOPS_WORKSPACE": str(folder)}
    program = str(Path(sys.executable).with_name("jupyter-mlops"))
    subprocess.run(
        [program, "model", "register", "-n", "elsewhere", "-p", "diabetes.joblib"],
        env=environment, cwd=lab.files, check=True, capture_output=True,
    )  # fmt: skip


def test_another_workspace_is_chosen_and_comes_back(
    open_window: Callable[..., Window], lab: Lab, tmp_path: Path
) -> None:
    other_workspace(lab, tmp_path / "second")
    window = open_window(lab)
    window.open_panel()
    chooser = window.panel.get_by_role("button", name="choose another")
    expect(chooser).to_have_text("workspace")

    # By hand: a folder is typed.
    chooser.click()
    asked = window.question("Which workspace?")
    asked.get_by_role("combobox").fill(str(tmp_path / "second"))
    asked.get_by_role("button", name="Ok").click()
    expect(chooser).to_have_text("second")
    expect(window.row("model elsewhere, newest version 1")).to_be_visible()

    # The one of the notebook in front again.
    chooser.click()
    asked = window.question("Which workspace?")
    asked.get_by_role("combobox").fill("that of the notebook in front")
    asked.get_by_role("button", name="Ok").click()
    expect(chooser).to_have_text("workspace")
    expect(window.row("model elsewhere, newest version 1")).to_be_hidden()

    # By the settings, for every window that is opened.
    setting(window, "workspace", str(tmp_path / "second"))
    try:
        second = open_window(lab)
        second.open_panel()
        expect(second.panel.get_by_role("button", name="choose another")).to_have_text("second")
    finally:
        setting(window, "workspace", "")


def test_services_are_asked_as_often_as_is_said(open_window: Callable[..., Window], lab: Lab) -> None:
    """Changed in the settings editor, it is obeyed at once, in the window where it was changed."""
    (lab.files / "polled.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    assert lab.mlops("model", "register", "-n", "polled", "-p", "polled.py").returncode == 0
    done = lab.mlops("model", "deploy", "-n", "polled", "-m", "polled:1", "--entry-script", "polled.py")
    assert done.returncode == 0, done.stderr
    seldom = 3600
    first = open_window(lab)
    setting(first, "pollInterval", seldom)
    try:
        window = open_window(lab)
        window.open_panel()
        expect(window.row("service polled, Healthy")).to_be_visible()
        window.command("settingeditor:open", query="Models and Services")
        seconds = window.page.locator("input[label='Seconds between two looks at the services']")
        expect(seconds).to_have_value(str(seldom))
        window.open_panel()
        with window.page.expect_response(asks_for_states):
            seconds.fill("2")
        for _ in range(2):  # and it goes on: an hour was what it was left with
            with window.page.expect_response(asks_for_states):
                pass
        assert window.violations(".jp-mlops-panel") == []
    finally:
        setting(first, "pollInterval", 10)


def asks_for_states(answer: Any) -> bool:
    return bool(urlsplit(answer.url).path.endswith("/jupyter-mlops/services"))


def test_deletions_do_not_ask_where_they_are_told_not_to(open_window: Callable[..., Window], lab: Lab) -> None:
    for name in ("kept", "gone"):
        assert lab.mlops("model", "register", "-n", name, "-p", "diabetes.joblib").returncode == 0
    window = open_window(lab)
    window.open_panel()
    expect(window.row("model gone, newest version 1")).to_be_visible()
    window.command("jupyter-mlops:delete-model", id="kept:1")
    asked = window.question("Delete kept:1?")
    expect(asked).to_contain_text("Its number is not used again.")
    expect(asked.get_by_text("%delete_model kept:1")).to_be_visible()
    asked.get_by_role("button", name="Cancel").click()
    setting(window, "confirmDeletion", False)
    try:
        second = open_window(lab)
        second.open_panel()
        second.command("jupyter-mlops:delete-model", id="gone:1")
        expect(second.row("model gone, newest version 1")).to_be_hidden()
        expect(second.row("model kept, newest version 1")).to_be_visible()
    finally:
        setting(window, "confirmDeletion", True)
