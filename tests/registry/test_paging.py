"""Every list is read by pages, and searched by a part of the name, in the database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.records import CapturedScript, ImageManifest, ModelRecord, ServiceRecord
from jupyter_mlops.registry import images, models, operations, scripts, services
from jupyter_mlops.storage import Store
from tests.fixtures.stores import PROVENANCE

NAMES = ("blue-one", "red-one", "blue-two", "red_two", "blue-3")


@pytest.fixture
def filled(
    store: Store,
    tmp_path: Path,
    make_model: Callable[..., ModelRecord],
    make_manifest: Callable[..., ImageManifest],
    make_service: Callable[..., ServiceRecord],
) -> Store:
    """A model, an image, a script, a service and an operation of each name."""
    folder = tmp_path / "source"
    folder.mkdir()
    for name in NAMES:
        (folder / "score.py").write_text(f"# {name}\n")
        model = make_model(name)
        images.register(store, name, make_manifest(model), provenance=PROVENANCE)
        captured = CapturedScript(folder=str(folder), entry_script="score.py", models=(), imports=())
        scripts.save(store, name, captured, proof=None, provenance=PROVENANCE)
        make_service(name.replace("_", "-"))
        operations.start(store, "build", f"image/{name}", (), {}, "ada", "lovelace")
    return store


SEARCHES: dict[str, Callable[..., list[Any]]] = {
    "models": models.search,
    "images": images.search,
    "scripts": scripts.search,
    "services": services.search,
    "operations": operations.search,
}


@pytest.mark.parametrize("kind", SEARCHES)
def test_the_pages_are_the_list(filled: Store, kind: str) -> None:
    search = SEARCHES[kind]
    whole = search(filled)
    assert len(whole) >= len(NAMES)
    for size in (1, 2, len(whole)):
        pages = [search(filled, limit=size, offset=start) for start in range(0, len(whole), size)]
        assert [record for page in pages for record in page] == whole
    assert search(filled, offset=2) == whole[2:]
    assert search(filled, limit=2, offset=len(whole)) == []


@pytest.mark.parametrize("kind", [kind for kind in SEARCHES if kind != "operations"])
def test_a_part_of_the_name(filled: Store, kind: str) -> None:
    def names(**conditions: Any) -> list[str]:
        return [record.name for record in SEARCHES[kind](filled, **conditions)]

    assert names(part="BLUE") == ["blue-3", "blue-two", "blue-one"]
    assert names(part="blue", limit=1, offset=1) == ["blue-two"]
    assert names(part="d_t") == ([] if kind == "services" else ["red_two"]), "`_` is itself, and no wildcard"
    assert names(part="%") == []


def test_services_by_name_and_by_kinds(filled: Store) -> None:
    assert [s.name for s in services.search(filled, by_name=True, limit=2)] == ["blue-3", "blue-one"]
    assert services.search(filled, kinds=("docker",)) == []
    assert len(services.search(filled, kinds=("docker", "process"), targets=("process",))) == len(NAMES)
    assert services.search(filled, targets=("elsewhere",)) == []
