"""An engine that takes no part of an image gets all of it."""

from __future__ import annotations

import json
import secrets
import subprocess
import tarfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import docker
import pytest

from jupyter_mlops.errors import ImageError
from jupyter_mlops.images.container import ENVIRONMENT
from jupyter_mlops.images.engines.docker import DockerEngine
from jupyter_mlops.images.engines.docker_load import Load
from tests.images.engines.test_renderings import IMPORTS, load, wanted
from tests.services.docker.containers import engine_or_skip
from tests.services.specs import Said

pytestmark = [pytest.mark.docker, pytest.mark.slow]


@pytest.fixture(scope="module")
def empty_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A second engine, which has not even the base."""
    if engine_or_skip() is None:
        return
    script = Path(__file__).resolve().parents[3] / ".ci/docker"
    folder = tmp_path_factory.mktemp("engine")
    address = subprocess.run([script, "start", str(folder)], check=True, capture_output=True, text=True).stdout.strip()
    client = docker.DockerClient(base_url=address)
    yield client
    client.close()
    subprocess.run([script, "stop", str(folder)], check=True)


class Strict(DockerEngine):
    """The engine as one with the containerd image store: it reads every layer of an archive, known or not."""

    def __init__(self, taken: Path):
        super().__init__()
        self.taken = taken

    def _load(self, chunks: Iterator[bytes]) -> None:
        with self.taken.open("wb") as file:
            file.writelines(chunks)
        with tarfile.open(self.taken) as tar:
            listing = tar.extractfile("manifest.json")
            assert listing is not None
            missing = set(json.load(listing)[0]["Layers"]) - set(tar.getnames())
        if missing:
            raise ImageError(f"the Docker engine refused the image: layer {min(missing)} not found")
        with self.taken.open("rb") as file:
            super()._load(iter(partial(file.read, 1 << 20), b""))


def test_a_part_of_an_image_is_refused_by_an_engine_that_lacks_the_rest(empty_engine: Any, tmp_path: Path) -> None:
    made = wanted(engine_or_skip(), tmp_path)
    before = [
        {"name": part.name, "key": part.key, "diff_id": f"sha256:{number:064}"}
        for number, part in enumerate(made.parts[:-1])
    ]
    known = {(tuple(one["diff_id"] for one in before[:number]), one["key"]): one for number, one in enumerate(before)}
    said = list(empty_engine.api.load_image(Load(made, known, tmp_path, Said()).archive(), quiet=True))
    assert "no such file" in said[-1]["error"]
    assert empty_engine.images.list() == []


def test_all_of_it_is_sent_and_runs_in_an_engine_that_has_not_even_the_base(empty_engine: Any, tmp_path: Path) -> None:
    """Of four layers the engine knows three, and the base's: none of them may be missing in what is sent then."""
    first = engine_or_skip()
    before = load(first, wanted(first, tmp_path))
    strict, said = Strict(tmp_path / "taken.tar"), Said()
    changed = wanted(first, tmp_path, IMPORTS.replace("factor = 2", f"factor = {secrets.randbits(60)}"))
    (tmp_path / "scratch").mkdir()
    built = strict.load(changed, tmp_path / "scratch", said)
    assert built.made == ("script",)
    assert [line for line in said.lines if "takes no part of an image, so all of it is sent" in line]
    assert built.layers[:3] == before.layers[:3]

    with strict.taken.open("rb") as file:
        empty_engine.images.load(file)
    there = empty_engine.images.get(built.id)
    assert there.attrs["RootFS"] == first.raw().images.get(built.id).attrs["RootFS"]
    command = ["-c", "import packaging; print('whole')"]
    told = empty_engine.containers.run(
        there.id, command, entrypoint=f"/{ENVIRONMENT}/bin/python", remove=True, network_mode="none"
    )
    assert told == b"whole\n"
    first.remove(built.id)
