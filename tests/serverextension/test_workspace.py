"""Each request says which workspace it means; what happens in one is told to all who listen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from jupyter_mlops.records import ModelRecord
from jupyter_mlops.registry import models
from jupyter_mlops.sdk.workspace import Workspace
from tests.serverextension.conftest import Reply, Server


def test_the_workspace_and_what_is_in_it(
    server: Server, workspace: Workspace, register: Callable[..., ModelRecord]
) -> None:
    register()
    found = server.get("/workspace")
    assert found["name"] == workspace.name
    assert found["chosen_by"] == "JUPYTER_MLOPS_WORKSPACE"
    assert found["counts"] == {"models": 1, "images": 0, "services": 0, "operations": 0}
    assert found["cursor"] == workspace.store.events.last()
    assert found.headers["Cache-Control"] == "no-store"


def test_several_notebooks_have_several_workspaces(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Workspace.create("ours", tmp_path / "über uns", show_output=False).close()
    monkeypatch.delenv("JUPYTER_MLOPS_WORKSPACE")
    (server.root / "project/deep").mkdir(parents=True)
    with Workspace(tmp_path / "über uns") as ours:
        ours.write_config(str(server.root / "project"))
    assert server.get("/workspace", workspace=str(tmp_path / "über uns"))["name"] == "ours"
    header = {"X-Jupyter-Mlops-Workspace": quote(str(tmp_path / "über uns"))}
    assert server.get("/workspace", headers=header)["name"] == "ours"
    assert server.get("/workspace", notebook="project/deep/a.ipynb")["name"] == "ours"
    assert server.get("/workspace", notebook="b.ipynb")["chosen_by"] == "the default"


def test_a_workspace_that_is_not_there_says_so(server: Server, tmp_path: Path) -> None:
    reply = server.get("/workspace", workspace=str(tmp_path / "nowhere"))
    assert (reply.status, reply["type"]) == (503, "WorkspaceError")
    outside = server.get("/workspace", notebook="../../etc/a.ipynb")
    assert (outside.status, outside["type"]) == (400, "UsageError")


def test_a_workspace_that_was_removed_and_made_anew_is_read_anew(server: Server, tmp_path: Path) -> None:
    import shutil

    place = tmp_path / "again"
    Workspace.create("first", place, show_output=False).close()
    first = server.get("/workspace", workspace=str(place))
    shutil.rmtree(place)
    Workspace.create("second", place, show_output=False).close()
    second = server.get("/workspace", workspace=str(place))
    assert (first["name"], second["name"]) == ("first", "second")


def test_events_from_a_cursor(server: Server, register: Callable[..., ModelRecord]) -> None:
    start = server.get("/events")["cursor"]
    register("a")
    register("b")
    told = server.get("/events", since=start)
    assert [event["subject"] for event in told["events"]] == ["model/a:1", "model/b:1"]
    assert server.get("/events", since=told["cursor"])["events"] == []
    assert [e["subject"] for e in server.get("/events", since=start, subject="model/b:1")["events"]] == ["model/b:1"]
    assert server.get("/events", since=start, limit=1)["cursor"] == start + 1
    ahead = server.get("/events", since=start + 1000)
    assert (ahead["reset"], ahead["cursor"]) == (True, told["cursor"])


def test_what_a_cell_does_is_told_to_every_browser_at_once(
    server: Server, workspace: Workspace, register: Callable[..., ModelRecord], jp_serverapp: object
) -> None:
    start = server.get("/events")["cursor"]

    async def both() -> tuple[list[Reply], float]:
        waiting = [asyncio.create_task(server.request("GET", "/events", since=start, wait=20)) for _ in range(3)]
        while followers(jp_serverapp).watched == 0:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(register, "told")
        began = time.monotonic()
        return await asyncio.gather(*waiting), time.monotonic() - began

    replies, seconds = server.loop.run_until_complete(both())
    assert [[event["subject"] for event in reply["events"]] for reply in replies] == [["model/told:1"]] * 3
    assert seconds < 10  # of the twenty that they would wait
    server.loop.run_until_complete(turns(lambda: followers(jp_serverapp).watched == 0))  # nobody listens, nobody looks


def test_waiting_ends_with_nothing_when_nothing_happens(server: Server, workspace: Workspace) -> None:
    start = server.get("/events")["cursor"]
    began = time.monotonic()
    reply = server.get("/events", since=start, wait=0.3)
    assert (reply["events"], reply["cursor"], reply["reset"]) == ([], start, False)
    assert 0.3 <= time.monotonic() - began < 60


def test_other_subjects_do_not_end_the_waiting(
    server: Server, workspace: Workspace, register: Callable[..., ModelRecord]
) -> None:
    wanted = register("wanted")
    start = server.get("/events")["cursor"]

    async def both() -> Reply:
        waiting = asyncio.create_task(server.request("GET", "/events", since=start, wait=20, subject="model/wanted:1"))
        await asyncio.to_thread(register, "other")
        await asyncio.to_thread(models.add_tags, workspace.store, wanted, {"k": "v"})
        return await waiting

    reply = server.loop.run_until_complete(both())
    assert [event["kind"] for event in reply["events"]] == ["updated"]


def test_a_browser_that_goes_away_is_waited_for_no_more(
    server: Server, workspace: Workspace, jp_serverapp: object, jp_base_url: str, http_server_port: tuple[Any, int]
) -> None:
    start = server.get("/events")["cursor"]
    host, port = "127.0.0.1", http_server_port[-1]

    async def leave() -> None:
        _, writer = await asyncio.open_connection(host, port)
        token = jp_serverapp.identity_provider.token  # type: ignore[attr-defined]
        line = f"GET {jp_base_url}jupyter-mlops/events?since={start}&wait=30 HTTP/1.1"
        writer.write(f"{line}\r\nHost: {host}\r\nAuthorization: token {token}\r\n\r\n".encode())
        await turns(lambda: followers(jp_serverapp).watched == 1)
        writer.close()
        await turns(lambda: followers(jp_serverapp).watched == 0)

    server.loop.run_until_complete(asyncio.wait_for(leave(), 25))


async def turns(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.01)


def followers(app: object) -> Any:
    extension = app.extension_manager.extension_apps["jupyter_mlops.serverextension"]  # type: ignore[attr-defined]
    return next(iter(extension)).running.followers


def test_the_named_workspaces(server: Server) -> None:
    Workspace.create("team", show_output=False).close()
    assert [found["name"] for found in server.get("/workspaces")["items"]] == ["team"]
    assert server.get("/environments")["items"] == []
