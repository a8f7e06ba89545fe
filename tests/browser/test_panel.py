"""The panel as narrow and as wide as a person makes it: a name and its version stay together, a state is never cut."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.window import Window

LONG = "a-model-with-a-rather-long-name-for-a-narrow-panel"

ANSWER = """def init():
    pass


def run(data):
    return data
"""

GAP = """(row, between) => {
    const [left, right] = between.map(selector => row.querySelector(selector));
    const text = document.createRange();
    text.selectNodeContents(left);
    return right.getBoundingClientRect().left - Math.min(
        text.getBoundingClientRect().right, left.getBoundingClientRect().right);
}"""

LACKS = """name => {
    const text = document.createRange();
    text.selectNodeContents(name);
    return text.getBoundingClientRect().width - name.getBoundingClientRect().width;
}"""
"""A hair is enough for an ellipsis."""

CUT = """panel => ['.jp-mlops-badge', '.jp-mlops-version', '.jp-mlops-chips ~ .jp-mlops-aside']
    .flatMap(selector => Array.from(panel.querySelectorAll(selector)))
    .filter(each => each.getBoundingClientRect().right > each.closest('.jp-mlops-row').getBoundingClientRect().right
        || each.scrollWidth > each.clientWidth + 1)
    .map(each => each.textContent)"""


@pytest.fixture(scope="module")
def filled(lab: Lab) -> Lab:
    """Names short and long, and a service that is behind."""
    (lab.files / "answer.py").write_text(ANSWER)
    for name in ("xy", LONG, "xy"):
        assert (
            lab.mlops("model", "register", "-n", name, "-p", "diabetes.joblib", "--tag", "stage=test").returncode == 0
        )
    done = lab.mlops("model", "deploy", "-n", "abc", "-m", "xy:1", "--entry-script", "answer.py")
    assert done.returncode == 0, done.stderr
    return lab


def drag_to(window: Window, width: int) -> None:
    """Make the panel that wide, by its edge."""
    edge = window.page.locator("#jp-main-split-panel > .lm-SplitPanel-handle:not(.lm-mod-hidden)").first
    box, panel = edge.bounding_box(), window.panel.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 200
    window.page.mouse.move(x, y)
    window.page.mouse.down()
    window.page.mouse.move(x + width - panel["width"], y, steps=3)
    window.page.mouse.up()
    window.page.wait_for_function(
        "width => Math.abs(document.querySelector('.jp-mlops-panel').getBoundingClientRect().width - width) < 2",
        arg=width,
    )


@pytest.mark.parametrize("dark", [False, True])
def test_names_and_states_at_every_width(filled: Lab, open_window: Callable[..., Window], dark: bool) -> None:
    window = open_window(filled, dark=dark)
    # JupyterLab's own least width is 250; a theme may have another.
    window.page.evaluate("document.documentElement.style.setProperty('--jp-sidebar-min-width', '150px')")
    window.open_panel()
    short, long = window.row("model xy, newest version 2"), window.row(f"model {LONG}, newest version 1")
    service = window.row("service abc, Healthy, behind")
    expect(short).to_be_visible()
    expect(service).to_be_visible()
    short.click()
    version = window.row("model xy version 2")
    version.click()
    for width in (200, 300, 600):
        drag_to(window, width)
        for row in (short, long):
            gap = row.evaluate(GAP, [".jp-mlops-name > span", ".jp-mlops-version"])
            assert abs(gap) < 1, f"{gap} pixels between the name and its version, {width} wide"
        gap = service.evaluate(GAP, [".jp-mlops-name", ".jp-mlops-behind"])
        assert gap < 8, f"{gap} pixels between the name and what stands beside it, {width} wide"
        assert window.panel.evaluate(CUT) == []
        for row in (service, version):
            lacks = row.locator(".jp-mlops-name").evaluate(LACKS)
            assert lacks < 0.02, f"the name lacks {lacks} pixels, {width} wide"
        assert window.panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
