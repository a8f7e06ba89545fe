"""What goes wrong around the server is told in one line, and keeps nothing else from being shown."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from jupyter_mlops import plugins
from jupyter_mlops.records import ImageManifest, ModelRecord, ServiceOptions, ServiceRecord
from jupyter_mlops.registry import images, services
from jupyter_mlops.sdk.workspace import Workspace
from jupyter_mlops.storage import database, open_store
from tests.fixtures.stores import PROVENANCE
from tests.serverextension.conftest import Reply, Server

Make = Callable[..., ServiceRecord]


@pytest.fixture
def make_service(server: Server) -> Make:
    """`make_service("web")`: a record without a revision, on this machine."""

    def make(name: str, **changes: object) -> ServiceRecord:
        now = datetime.now(UTC)
        record = ServiceRecord(
            name=name, target="process", target_name=None, host=socket.gethostname(), interpreter="/usr/bin/python3",
            revision=None, description=None, tags={}, properties={}, provenance=PROVENANCE, created=now, updated=now,
        )  # fmt: skip
        with Workspace() as workspace:
            return services.create(workspace.store, replace(record, **changes))  # type: ignore[arg-type]

    return make


def listed(server: Server) -> dict[str, dict[str, object]]:
    return {service["name"]: service for service in server.get("/services")["items"]}


def is_one_line(reply: Reply) -> bool:
    return bool(reply["what"]) and "\n" not in reply["what"] and reply["details"] is None


def test_a_service_of_another_machine_says_where(server: Server, make_service: Make) -> None:
    make_service("near")
    make_service("far", host="elsewhere", revision=1)
    found = listed(server)
    assert "runs on elsewhere" in str(found["far"]["error"])
    assert (found["far"]["state"], found["near"]["error"]) == (None, None) or found["near"]["state"] is not None
    for reply in (
        server.get("/services/far/logs"),
        server.get("/services/far/metrics"),
        server.get("/services/far/swagger"),
    ):
        assert reply.status == 502
        assert is_one_line(reply)
    assert "elsewhere" in server.post("/services/far/start")["what"]


def test_a_service_on_a_target_that_nobody_has_here(server: Server, make_service: Make) -> None:
    make_service("near")
    make_service("moonlit", target="moon", revision=1)
    found = listed(server)
    assert "no target named 'moon'" in str(found["moonlit"]["error"])
    assert set(found) == {"near", "moonlit"}


def test_a_target_of_a_third_party_that_fails_is_its_services_fault_alone(
    server: Server, make_service: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "packages"
    (package / "moon-1.0.dist-info").mkdir(parents=True)
    (package / "moon-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: moon\nVersion: 1.0\n")
    (package / "moon-1.0.dist-info/entry_points.txt").write_text("[jupyter_mlops.targets]\nmoon = eclipse:Moon\n")
    (package / "eclipse.py").write_text(
        "class Moon:\n    def __init__(self, workspace_id, configuration):\n        1 / 0\n"
    )
    monkeypatch.syspath_prepend(str(package))
    plugins._plugins.cache_clear()
    try:
        make_service("near")
        make_service("moonlit", target="moon", revision=1)
        found = listed(server)
    finally:
        plugins._plugins.cache_clear()
    assert "ZeroDivisionError" in str(found["moonlit"]["error"])
    assert "near" in found


@pytest.mark.parametrize("location", ["sqlite"], indirect=True)
def test_a_record_that_another_version_wrote_is_shown_with_its_error(
    server: Server,
    make_service: Make,
    workspace: Workspace,
    make_model: Callable[..., ModelRecord],
    make_manifest: Callable[..., ImageManifest],
) -> None:
    for name in ("newer", "fine"):
        image = images.register(workspace.store, name, make_manifest(make_model(name)), provenance=PROVENANCE)
        make_service(name)
        services.add_revision(workspace.store, name, image.id, ServiceOptions(), PROVENANCE)
        services.set_desired(workspace.store, name, 1)
    with workspace.store._database.writing() as connection:
        connection.execute(text("UPDATE images SET manifest = '{\"format\": 99}' WHERE name = 'newer'"))
        connection.execute(text('UPDATE revisions SET options = \'{"antigravity": true, "port": 8890}\''))
    found = listed(server)
    assert "cannot read it" in str(found["newer"]["error"])
    assert "KeyError" in str(found["newer"]["details"])
    assert (found["fine"]["image"], "cannot read" in str(found["fine"]["error"])) == ("fine:1", False)


@pytest.mark.parametrize("location", ["sqlite"], indirect=True)
def test_a_model_and_an_image_that_another_version_wrote_are_shown_with_their_error_in_their_places(
    server: Server,
    workspace: Workspace,
    make_model: Callable[..., ModelRecord],
    make_manifest: Callable[..., ImageManifest],
) -> None:
    for name in ("first", "newer", "last"):
        images.register(workspace.store, name, make_manifest(make_model(name)), provenance=PROVENANCE)
    with workspace.store._database.writing() as connection:
        connection.execute(text("UPDATE images SET manifest = '{\"format\": 99}' WHERE name = 'newer'"))
        connection.execute(text("UPDATE models SET signature = '[99]', provenance = '{}' WHERE name = 'newer'"))
    for route in ("/models", "/images"):
        found = server.get(route)["items"]
        assert [item["id"] for item in found] == ["last:1", "newer:1", "first:1"]
        assert [item["error"] is None for item in found] == [True, False, True]
        assert "cannot read" in found[1]["error"]
        page = server.get(route, limit=2, offset=1)
        assert [item["id"] for item in page["items"]] == ["newer:1", "first:1"]
        one = server.get(f"{route}/newer/1")
        assert (one.status, one["type"]) == (500, "UnreadableError")
        assert "newer:1" in one["what"]
    assert {"image/newer:1", "model/newer:1"} <= {node["id"] for node in server.get("/lineage")["nodes"]}


def test_a_workspace_whose_folder_was_removed(server: Server, workspace: Workspace) -> None:
    assert server.get("/models").status == 200
    workspace.close()
    shutil.rmtree(workspace.location)
    reply = server.get("/models")
    # The default workspace is made anew where it may be; whatever is said, it is one line.
    assert reply.status == 200 or is_one_line(reply)
    chosen = server.get("/models", workspace=str(Path(workspace.location) / "gone"))
    assert (chosen.status, chosen["type"]) == (503, "WorkspaceError")
    assert is_one_line(chosen)


@pytest.mark.parametrize("revision", ["9999", "0000"])
def test_a_workspace_of_another_schema(revision: str, server: Server, tmp_path: Path) -> None:
    Workspace.create("other", tmp_path / "other", show_output=False).close()
    with open_store(tmp_path / "other") as store, store._database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": revision})
    reply = server.get("/models", workspace=str(tmp_path / "other"))
    assert (reply.status, reply["type"]) == (503, "WorkspaceError")
    assert is_one_line(reply)
    assert server.get("/models").status == 200, "the others are open"


def test_a_database_that_somebody_else_is_writing_is_still_read(
    server: Server, register: Callable[..., ModelRecord], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    register("a")
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    place = server.root.parent / "locked"
    Workspace.create("locked", place, show_output=False).close()
    with Workspace(place) as other, other.store.transaction():
        listed = server.get("/models", workspace=str(place))
        assert (listed.status, listed["items"]) == (200, [])
        reply = server.patch("/models/a/1", add_tags={"k": "v"})
        assert reply.status == 200, "another workspace is not locked"
    with workspace.store.transaction():
        reply = server.patch("/models/a/1", add_tags={"k": "w"})
        assert (reply.status, reply["type"]) == (507, "StorageError")
        assert "somebody else has been writing" in reply["what"]
        assert server.get("/models/a/1")["tags"] == {"k": "v"}


def test_many_who_wait_for_their_turn_to_write_keep_nobody_from_reading(
    server: Server, register: Callable[..., ModelRecord], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    register("a")
    monkeypatch.setattr(database, "PATIENCE", 5)

    async def all_at_once() -> tuple[bool, Reply]:
        writes = [
            asyncio.create_task(server.request("PATCH", "/models/a/1", body={"add_tags": {"k": str(number)}}))
            for number in range(9)  # more than there are threads for the lists; the client takes ten at once
        ]
        for _ in range(20):  # while they arrive, and when all of them wait
            read = await server.request("GET", "/models")
        waiting = not any(write.done() for write in writes)
        released.set()
        await asyncio.gather(*writes)
        return waiting, read

    released, held = threading.Event(), threading.Event()

    def hold() -> None:
        with Workspace() as other, other.store.transaction():
            held.set()
            released.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(20)
    try:
        waiting, read = server.loop.run_until_complete(all_at_once())
    finally:
        released.set()
        holder.join()
    assert waiting
    assert [model["id"] for model in read["items"]] == ["a:1"]
