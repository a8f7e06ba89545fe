"""The other ways in: a file dropped on the panel, a URL with its checksum; and what is not what it should be."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.window import Window

WORK = 60_000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def published(lab: Lab) -> Iterator[str]:
    """The folder of the server's files, on the web."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(lab.files)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def drag(window: Window, file: str) -> None:
    """From the file browser, which must be seen, to the panel, which has to be on the other side for that."""
    window.page.evaluate(
        """() => {
            const shell = window.jupyterapp.shell;
            const panel = Array.from(shell.widgets('left')).find(each => each.id === 'jupyter-mlops-panel');
            shell.add(panel, 'right');
            shell.activateById(panel.id);
        }"""
    )
    window.command("filebrowser:activate")
    source = window.page.locator(".jp-DirListing-item").filter(has_text=file)
    source.wait_for()
    start, end = source.bounding_box(), window.panel.bounding_box()
    mouse = window.page.mouse
    mouse.move(start["x"] + 40, start["y"] + start["height"] / 2)
    mouse.down()
    mouse.move(start["x"] + 60, start["y"] + 30, steps=4)
    mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=8)
    expect(window.panel).to_have_class(re.compile("jp-mlops-mod-drop"))
    mouse.up()


def test_a_file_dropped_on_the_panel_becomes_a_model(window: Window) -> None:
    window.open_panel()
    drag(window, "diabetes.joblib")
    dialog = window.dialog("Register a model")
    expect(dialog.get_by_text("diabetes.joblib", exact=True)).to_be_visible()
    dialog.get_by_label("Name").fill("dropped")
    dialog.get_by_role("button", name="Register").click()
    expect(dialog).to_be_hidden(timeout=WORK)
    expect(window.row("model dropped, newest version 1")).to_be_visible()
    expect(window.panel).not_to_have_class(re.compile("jp-mlops-mod-drop"))


def test_a_url_needs_the_right_checksum(window: Window, lab: Lab, published: str) -> None:
    sha256 = hashlib.sha256((lab.files / "diabetes.joblib").read_bytes()).hexdigest()
    window.open_panel()
    opener = window.panel.get_by_role("button", name="Register from a URL…")
    opener.click()
    dialog = window.dialog("Register a model")
    dialog.get_by_label("URL").fill(f"{published}/diabetes.joblib")
    dialog.get_by_label("SHA-256").fill("0" * 64)
    expect(dialog.get_by_label("Name")).to_have_value("diabetes")
    dialog.get_by_label("Name").fill("fetched")
    dialog.get_by_role("button", name="Register").click()

    # What was typed is still there; the error says what the bytes have.
    told = dialog.get_by_role("alert")
    expect(told).to_contain_text(sha256, timeout=WORK)
    expect(dialog.get_by_label("Name")).to_have_value("fetched")
    assert window.violations(".jp-mlops-modal") == []

    dialog.get_by_label("SHA-256").fill(sha256)
    expect(dialog.locator(".jp-mlops-magic code")).to_contain_text(f"--sha256 {sha256}")
    dialog.get_by_role("button", name="Register").click()
    expect(dialog).to_be_hidden(timeout=WORK)
    expect(window.row("model fetched, newest version 1")).to_be_visible()
    expect(opener).to_be_focused()
    expect(window.row("Register fetched, Succeeded")).to_be_visible()
    expect(window.row("Register fetched, Failed")).to_be_visible()
