"""Docker chosen in the dialog: the form of its options, a container that answers, and nothing of it left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from jupyter_mlops.services.docker.resources import LABEL
from tests.browser.lab import Lab
from tests.browser.test_journey import finish, succeed
from tests.browser.window import Window
from tests.services.docker.containers import engine_or_skip

pytestmark = pytest.mark.docker

WORK = 200_000

ADD = '''"""Adds one: of the packages of this environment it needs none."""

import json


def init():
    pass


def run(data):
    return {"more": [number + 1 for number in json.loads(data)["data"]]}
'''


@pytest.fixture
def engine() -> Iterator[Any]:
    found = engine_or_skip()
    client = found.raw()
    yield client
    client.close()


@pytest.fixture
def docked(engine: Any, tmp_path: Path) -> Iterator[Lab]:
    """A JupyterLab whose server finds the engine, as a user's does."""
    made = Lab(tmp_path / "docked", base="/")
    (made.files / "add.py").write_text(ADD)
    (made.files / "one.bin").write_bytes(b"1")
    made.start()
    yield made
    made.clear()
    made.stop()


def test_docker_from_the_dialog_to_nothing(docked: Lab, engine: Any, open_window: Callable[..., Window]) -> None:
    assert docked.mlops("model", "register", "-n", "one", "-p", "one.bin").returncode == 0
    before = containers(engine)
    window = open_window(docked)
    window.open_panel()
    window.command("jupyter-mlops:deploy", model="one:1", entryScript="add.py")
    dialog = window.dialog("Deploy")
    dialog.get_by_role("textbox", name="Service").fill("add-one")

    # The form is made from Docker's own schema: what it can hold, and nothing that only processes have.
    target = dialog.get_by_label("Target", exact=True)
    target.select_option("docker")
    dialog.get_by_text("Options of docker").click()
    dialog.get_by_label("replicas", exact=True).fill("1")
    dialog.get_by_label("memory_gb", exact=True).fill("0.5")
    dialog.get_by_role("button", name="Show the plan").click()
    expect(dialog.get_by_role("heading", name="What will happen")).to_be_visible(timeout=WORK)
    line = dialog.locator(".jp-mlops-magic code")
    expect(line).to_contain_text("--target docker")
    expect(line).to_contain_text("--memory-gb 0.5")
    assert window.violations(".jp-mlops-modal") == []
    assert containers(engine) == before, "nothing happens before the plan was shown"
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    succeed(dialog)
    dialog.get_by_role("button", name="Open add-one").click()
    expect(window.row("service add-one, Healthy")).to_be_visible()
    assert containers(engine) > before

    # It answers; what it is held to is the container's own limit.
    page = window.service_page("add-one")
    expect(page.get_by_text("docker", exact=False).first).to_be_visible()
    page.get_by_text("JSON", exact=True).first.click()
    page.get_by_label("Body of the request, as JSON").fill('{"data": [1, 41]}')
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("cell", name="42", exact=True)).to_be_visible()
    limits = [engine.api.inspect_container(name)["HostConfig"]["Memory"] for name in containers(engine) - before]
    assert 500_000_000 in limits or (1 << 29) in limits, limits

    # Gone, with all that ran for it.
    window.command("jupyter-mlops:delete-service", name="add-one")
    window.question("Delete the service add-one?").get_by_role("button", name="Delete", exact=True).click()
    finish(window)
    expect(window.row("service add-one, Healthy")).to_have_count(0)
    assert containers(engine) == before


def containers(engine: Any) -> set[str]:
    """The ids of all of ours in the engine."""
    return {each.id for each in engine.containers.list(all=True, filters={"label": f"{LABEL}.workspace"})}
