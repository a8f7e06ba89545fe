"""Every list is read by pages."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyter_mlops.records import CapturedScript, ImageManifest, ModelRecord, ServiceRecord
from jupyter_mlops.registry import images, operations, scripts, services
from jupyter_mlops.storage import Store
from tests.fixtures.stores import PROVENANCE
from tests.serverextension.conftest import Server

NAMES = ("blue-one", "red-one", "blue-two", "red-two", "blue-three")


@pytest.fixture
def filled(
    store: Store, tmp_path: Path, make_model: Callable[..., ModelRecord], make_manifest: Callable[..., ImageManifest]
) -> None:
    """A model, an image, a script, a service and an operation of each name, in the workspace that is served."""
    folder, now = tmp_path / "source", datetime.now(UTC)
    folder.mkdir()
    for name in NAMES:
        images.register(store, name, make_manifest(make_model(name)), provenance=PROVENANCE)
        (folder / "score.py").write_text(f"# {name}\n")
        captured = CapturedScript(folder=str(folder), entry_script="score.py", models=(), imports=())
        scripts.save(store, name, captured, proof=None, provenance=PROVENANCE)
        services.create(
            store,
            ServiceRecord(
                name=name,
                target="process",
                target_name=None,
                host=socket.gethostname(),
                interpreter="python",
                updated=now,
                revision=None,
                description=None,
                tags={},
                properties={},
                provenance=PROVENANCE,
                created=now,
            ),
        )
        begun = operations.start(store, "build", f"image/{name}", (), {}, "ada", "lovelace")
        operations.finish(store, begun.id, "Succeeded")


@pytest.mark.parametrize("location", ["sqlite"], indirect=True)
def test_the_pages_are_the_list(filled: None, server: Server) -> None:
    for path in ("/models", "/images", "/scripts", "/services", "/operations"):
        whole = server.get(path, limit=500)
        assert whole["next_offset"] is None
        found, offset = [], 0
        while offset is not None:
            page = server.get(path, limit=2, offset=offset)
            assert len(page["items"]) <= 2
            found, offset = found + page["items"], page["next_offset"]
        assert found == whole["items"], path
        assert len(found) >= len(NAMES), path
        if path != "/operations":
            assert all("blue" in item["name"] for item in server.get(path, q="BLUE")["items"]), path
            assert len(server.get(path, q="BLUE")["items"]) == 3, path
    assert [item["name"] for item in server.get("/services", limit=2, q="red")["items"]] == ["red-one", "red-two"]
