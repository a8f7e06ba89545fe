"""What goes wrong with the engine is one line, at once, and what served before serves on. Each on a real engine."""

from __future__ import annotations

import secrets
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.errors import ImageError, MlopsError, ServiceError, StorageError
from jupyter_mlops.images.base_image import default_bases
from jupyter_mlops.images.engines.docker import DockerEngine
from jupyter_mlops.records import ServiceOptions, ServiceSpec
from jupyter_mlops.services.client import score
from jupyter_mlops.services.docker.target import DockerTarget
from tests.services.docker.containers import engine_or_skip, with_container
from tests.services.docker.own_engine import OwnEngine, own_engine
from tests.services.specs import DOUBLE, Said, accept, make_spec

pytestmark = [
    pytest.mark.docker,
    # The Docker SDK leaves a socket open whenever nobody listens any more.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TRIPLE = DOUBLE.replace("factor = 2", "factor = 3")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnEngine]:
    client = engine_or_skip().raw()
    there = {tag for image in client.images.list() for tag in image.tags}
    base = next(name for name in default_bases("3.{}.{}".format(*sys.version_info[1:3])) if name in there)
    image = b"".join(client.images.get(base).save(named=base))
    with own_engine(tmp_path_factory.mktemp("engine"), image) as made:
        yield made


class Place:
    """A target on the test's own engine, with a service that runs on it."""

    def __init__(self, engine: OwnEngine, folder: Path):
        self.engine, self._folder = engine, folder
        self.workspace = f"test-{secrets.token_hex(4)}"

    @property
    def target(self) -> DockerTarget:
        return DockerTarget(self.workspace, {})

    def spec(self, source: str = DOUBLE, **changes: Any) -> ServiceSpec:
        return with_container(DockerEngine(), make_spec(self._folder, source, **changes))

    def deploy(self, spec: ServiceSpec, said: Said | None = None) -> None:
        self.target.deploy(spec, said or Said(), accept)

    def ask(self) -> bytes:
        status = self.target.status("doubler")
        return score(str(status.scoring_uri), self.target.keys("doubler")[0], '{"data": [3]}').body


@pytest.fixture
def place(engine: OwnEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("DOCKER_HOST", engine.host)
    if not engine.runs:
        engine.start()
    made = Place(engine, tmp_path / "state")
    yield made
    for name in made.target.names():
        made.target.delete(name)


class Interrupting(Said):
    """Does something as soon as a line is said."""

    def __init__(self, when: str, do: Any):
        super().__init__()
        self._when, self._do = when, do

    def log(self, line: str) -> None:
        super().log(line)
        if line.startswith(self._when):
            self._do()


def test_a_service_comes_back_with_its_engine(place: Place) -> None:
    place.deploy(place.spec(options=ServiceOptions(replicas=2)))
    before, keys = place.target.status("doubler"), place.target.keys("doubler")
    place.engine.stop()
    with pytest.raises(ServiceError, match=r"no Docker engine answers.*start it"):
        place.target.status("doubler")
    place.engine.start()
    while place.target.status("doubler").state == "Transitioning":
        threading.Event().wait(0.05)
    assert place.target.status("doubler") == before
    assert place.target.keys("doubler") == keys
    assert place.ask() == b"[6]"


def test_an_engine_that_goes_in_the_middle_is_named_and_the_old_one_serves_on(place: Place) -> None:
    place.deploy(place.spec())
    second = place.spec(TRIPLE, revision=2)
    with pytest.raises(ServiceError, match=r"Docker engine does not answer any more.*start it again"):
        place.deploy(second, Interrupting("worker: init", place.engine.stop))
    place.engine.start()
    while place.target.status("doubler").state == "Transitioning":
        threading.Event().wait(0.05)
    assert place.target.status("doubler").revision == 1
    assert place.ask() == b"[6]"
    place.deploy(second)
    assert place.ask() == b"[9]"


def test_a_full_disk_is_named_and_the_old_one_serves_on(place: Place) -> None:
    place.deploy(place.spec())
    with place.engine.full(), pytest.raises(StorageError, match="the disk of the Docker engine is full"):
        place.deploy(place.spec(TRIPLE, revision=2))
    assert place.ask() == b"[6]"
    place.deploy(place.spec(TRIPLE, revision=2))
    assert place.ask() == b"[9]"


def test_an_image_that_somebody_removed_is_named_and_made_again(place: Place) -> None:
    place.deploy(place.spec())
    second = place.spec(TRIPLE, revision=2)
    DockerEngine().raw().images.remove(second.container, force=True)
    with pytest.raises(ImageError, match=r"not in the Docker engine any more.*deploy it again"):
        place.deploy(second)
    assert place.ask() == b"[6]"
    place.deploy(place.spec(TRIPLE, revision=2))
    assert place.ask() == b"[9]"


def test_an_image_of_another_architecture_is_named_and_the_old_one_serves_on(place: Place) -> None:
    spec = place.spec(revision=2)
    foreign = replace(spec, container=_foreign(str(spec.container)))
    with pytest.raises(MlopsError, match="another architecture than the engine's"):
        place.deploy(foreign)
    place.deploy(place.spec())
    with pytest.raises(MlopsError, match="another architecture than the engine's"):
        place.deploy(foreign)
    assert place.ask() == b"[6]"


def _foreign(image: str) -> str:
    """The image with a Python and a shell that are no programs of this machine's."""
    client = DockerEngine().raw()
    made = client.containers.create(image, entrypoint=["/bin/sh"], user="0:0")
    machine_code = b"\x7fELF\x02\x01\x01" + bytes(9) + (2).to_bytes(2, "little") + (183).to_bytes(2, "little")
    for path in ("/bin/sh", "/usr/bin/python3.11"):
        _put(made, path, machine_code.ljust(120, b"\0"))
    found = made.commit(changes="USER 10002")
    made.remove()
    return str(found.id)


def _put(container: Any, path: str, content: bytes) -> None:
    import io
    import tarfile

    folder, _, name = path.rpartition("/")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o755
        tar.addfile(info, io.BytesIO(content))
    container.put_archive(folder, buffer.getvalue())


@pytest.mark.parametrize("role", ["front", "worker"])
def test_a_container_that_somebody_removed_is_named_and_made_again(place: Place, role: str) -> None:
    place.deploy(place.spec(options=ServiceOptions(replicas=2)))
    before, keys = place.target.status("doubler"), place.target.keys("doubler")
    service = place.target._service("doubler")
    service.remove(service.containers(role)[:1])
    error = str(place.target.status("doubler").error)
    assert "start()" in error
    assert ("its front was removed" if role == "front" else "1 of 2 replicas run") in error
    assert place.target.start("doubler") == before
    assert place.target.keys("doubler") == keys
    assert place.ask() == b"[6]"


def test_an_option_that_the_engine_has_no_device_for_is_one_line(place: Place) -> None:
    with pytest.raises(ServiceError, match=r"no GPU to give.*leave out --gpu"):
        place.deploy(place.spec(options=ServiceOptions(gpu_cores=1)))


def test_a_worker_that_needs_too_much_memory_while_it_serves_is_replaced_and_named(place: Place) -> None:
    greedy = DOUBLE.replace(
        "    return [", "    x = bytearray(300_000_000 * (json.loads(data)['data'] == [7]))\n    return ["
    )
    place.deploy(place.spec(greedy, options=ServiceOptions(memory_gb=0.125)))
    status, key = place.target.status("doubler"), place.target.keys("doubler")[0]
    assert score(str(status.scoring_uri), key, '{"data": [7]}').status >= 500
    while place.target.status("doubler").error is None:
        threading.Event().wait(0.05)
    assert "needed more memory than memory_gb=0.125" in str(place.target.status("doubler").error)
    assert place.ask() == b"[6]"
