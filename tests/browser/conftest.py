"""Chromium in front of a real JupyterLab: one server for all, a browser for each module, a window for each test."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.browser.lab import BUILT, Lab
from tests.browser.window import Window

_CHROMIUM = next((path for name in ("chromium", "google-chrome", "chrome") if (path := shutil.which(name))), None)


def _missing() -> str | None:
    if _CHROMIUM is None:
        return "there is no Chromium (apt-get install chromium)"
    if importlib.util.find_spec("playwright") is None or importlib.util.find_spec("axe_playwright_python") is None:
        return "there is no Playwright (pip install '.[test]')"
    if importlib.util.find_spec("jupyterlab") is None:
        return "there is no JupyterLab (pip install '.[test]')"
    if not (BUILT / "package.json").is_file():
        return "the sidebar is not built (cd labextension && npm ci && npm run build)"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    missing = _missing()
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.timeout(300))
            if missing is not None:
                item.add_marker(pytest.mark.skip(reason=missing))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Playwright keeps an event loop running in its thread while it lives: no test after these may find it there."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # what is expected comes at its own time; only what must not come waits so long
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def _kept_for(fixture_name: str, config: pytest.Config) -> Literal["module", "session"]:
    """A picture shows what its own tests made, nothing of others."""
    return "module" if _pictures_are_made() else "session"


def _pictures_are_made() -> bool:
    return os.environ.get("JUPYTER_MLOPS_PICTURES") == "1"


@pytest.fixture(scope=_kept_for)
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab under a prefix, as JupyterHub puts it, with a trained model in its files."""
    started = Lab(tmp_path_factory.mktemp("lab"))
    _train(started.files)
    started.start()
    yield started
    started.clear()
    started.stop()


def _train(folder: Path) -> None:
    import joblib
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import Ridge

    data, target = load_diabetes(return_X_y=True)
    joblib.dump(Ridge().fit(data, target), folder / "diabetes.joblib")


@pytest.fixture
def open_window(chromium: Any) -> Iterator[Callable[..., Window]]:
    """Opens windows; a window in which JavaScript failed fails its test."""
    windows: list[Window] = []

    def opened(lab: Lab, *, dark: bool = False) -> Window:
        window = Window(chromium, lab, dark=dark)
        windows.append(window)
        return window

    yield opened
    for window in windows:
        window.close()
    failures = [failure for window in windows for failure in window.failures]
    assert not failures, "\n".join(failures)


@pytest.fixture
def window(open_window: Callable[..., Window], lab: Lab) -> Window:
    return open_window(lab)


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Where pictures are kept; only when somebody asks for new ones, by JUPYTER_MLOPS_PICTURES=1."""
    if not _pictures_are_made():
        return None
    folder = Path(__file__).resolve().parent.parent.parent / "docs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
