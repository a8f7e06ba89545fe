"""What the sidebar costs, as budgets that can be broken: bytes, what is loaded at the start, and the time for it."""

from __future__ import annotations

import gzip
import statistics
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.lab import BUILT, Lab
from tests.browser.window import Window

WHOLE = 150_000
AT_START = 60_000
"""Of all, the part that JupyterLab loads before anybody has opened anything."""
START_MS = 100

SCRIPTS = """() => performance.getEntriesByType('resource')
    .map(each => new URL(each.name).pathname)
    .filter(path => path.includes('/extensions/jupyter-mlops/static/'))
    .map(path => path.split('/').pop())"""


def compressed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes()))


def test_all_of_it_is_small() -> None:
    sizes = {path.name: compressed(path) for path in (BUILT / "static").glob("*.js")}
    assert sizes
    assert sum(sizes.values()) <= WHOLE, sizes


def test_little_is_loaded_before_it_is_opened(window: Window) -> None:
    loaded = set(window.page.evaluate(SCRIPTS))
    assert any(name.startswith("remoteEntry") for name in loaded)
    size = sum(compressed(BUILT / "static" / name) for name in loaded)
    every = {path.name for path in (BUILT / "static").glob("*.js")}
    assert size <= AT_START, loaded
    assert len(every - loaded) >= 4, "the dialogs and the pages are loaded when they are opened"
    window.open_panel()
    window.panel.get_by_role("button", name="Register from a URL…").click()
    window.dialog("Register a model")
    assert set(window.page.evaluate(SCRIPTS)) > loaded


def test_it_costs_the_start_little(open_window: Callable[..., Window], lab: Lab) -> None:
    """The time that our plugins take to be activated, as they measure it themselves; the median of three starts."""
    spent = [cost(open_window, lab) for _ in range(3)]
    # A machine on which other tests run is several times slower; something heavy at the start is more than that.
    assert statistics.median(spent) < 3 * START_MS, spent


def cost(open_window: Callable[..., Window], lab: Lab) -> float:
    window = open_window(lab)
    expect(window.page.locator(".jp-Launcher")).to_be_visible()
    marks = window.page.evaluate("performance.getEntriesByName('jupyter-mlops:start').map(each => each.duration)")
    assert marks, "the plugins mark what they cost"
    return float(sum(marks))
