"""A server that goes away and comes back; a server without the extension."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.window import Window


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Lab]:
    """A JupyterLab that the test may stop, not started yet."""
    made = Lab(tmp_path / "other", base="/")
    yield made
    made.stop()


def test_the_server_goes_away_and_comes_back(other: Lab, open_window: Callable[..., Window]) -> None:
    other.start()
    window = open_window(other)
    window.open_panel()
    expect(window.panel.get_by_text("Start here: register a trained model.")).to_be_visible()
    other.stop()
    expect(window.panel.get_by_text("The Jupyter server does not answer; trying again.")).to_be_visible(timeout=40_000)
    other.start()
    expect(window.panel.get_by_text("The Jupyter server does not answer")).to_be_hidden(timeout=60_000)
    # JupyterLab's own questions to a server that is away; ours are `Refusal`s, and handled.
    window.failures = [failure for failure in window.failures if "Failed to fetch" not in failure]


def test_without_the_server_extension_it_says_so(other: Lab, open_window: Callable[..., Window]) -> None:
    off = {"ServerApp": {"jpserver_extensions": {"jupyter_mlops.serverextension": False}}}
    (other.folder / "config" / "jupyter_server_config.d" / "jupyter_mlops.json").write_text(json.dumps(off))
    other.start()
    window = open_window(other)
    window.open_panel()
    expect(window.panel.get_by_text("The server extension of jupyter_mlops is off.")).to_be_visible()
    assert window.violations(".jp-mlops-panel") == []
