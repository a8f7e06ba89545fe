"""The two renderings of one image, host-built layers and Dockerfile, and what each must do in a real engine."""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from jupyter_mlops.errors import ImageError
from jupyter_mlops.images.base_image import Credentials
from jupyter_mlops.images.build_network import build_files
from jupyter_mlops.images.container import ENVIRONMENT, IMAGE, LABEL, Container, Recipe, container
from jupyter_mlops.images.context import write_context
from jupyter_mlops.images.engines.docker import DockerEngine
from jupyter_mlops.records import LockedPackage, ManifestBase
from jupyter_mlops.services.docker import files
from tests.fixtures.registries import PrivateRegistry
from tests.services.docker.containers import engine_or_skip, recipe_of
from tests.services.specs import DOUBLE, Said, make_spec

pytestmark = pytest.mark.docker

PACKAGES = (LockedPackage(name="packaging", version="24.2", modules=("packaging",)),)
IMPORTS = DOUBLE.replace("import json", "import json, packaging")


@pytest.fixture
def engine() -> DockerEngine:
    return engine_or_skip()


def recipe(tmp_path: Path, source: str = IMPORTS, **changes: Any) -> Recipe:
    return recipe_of(make_spec(tmp_path / "state", source, packages=PACKAGES, **changes))


def wanted(engine: DockerEngine, tmp_path: Path, source: str = IMPORTS, **changes: Any) -> Container:
    made = recipe(tmp_path, source, **changes)
    return container(made, engine.base(None, made.lock.python))


def load(engine: DockerEngine, container: Container, *, anew: bool = False) -> Any:
    with tempfile.TemporaryDirectory() as scratch:
        return engine.load(container, Path(scratch), Said(), anew=anew)


OWN = ManifestBase(
    reference="jupyter-mlops/base:3.11",
    steps='RUN echo made > /etc/step\nENV STEP=done\nUSER 1000\nENTRYPOINT ["/nowhere"]\nHEALTHCHECK CMD false\n',
)
"""What a base brings that must not come through, and what must."""


def on(base: ManifestBase | None, made: Recipe) -> Recipe:
    return replace(made, manifest=replace(made.manifest, base=base))


def built_by_dockerfile(engine: DockerEngine, tmp_path: Path, base: ManifestBase | None) -> str:
    made = on(base, recipe(tmp_path))
    network = build_files() | {"netrc": b"machine canary-netrc.example login canary-user password canary-password"}
    write_context(made, tmp_path / "context", engine.base(None, made.lock.python).reference, network=network)
    return engine.build(tmp_path / "context", "jupyter-mlops/test-dockerfile:1", Said()).tag


def answer_of(engine: DockerEngine, image: str) -> list[int]:
    """What a container of the image answers that is told nothing but to let everybody in."""
    run = engine.raw().containers.run(
        image,
        detach=True,
        environment={"JUPYTER_MLOPS_AUTH": "off"},
        ports={"5001/tcp": ("127.0.0.1", None)},
        read_only=True,
        tmpfs={"/tmp": ""},
        security_opt=["no-new-privileges:true"],
        cap_drop=["ALL"],
    )
    try:
        run.reload()
        port = run.attrs["NetworkSettings"]["Ports"]["5001/tcp"][0]["HostPort"]
        until = time.monotonic() + 60
        while True:
            try:
                answer = httpx.post(f"http://127.0.0.1:{port}/score", json={"data": [3]}, trust_env=False)
                assert answer.status_code == 200, answer.text
                found: list[int] = answer.json()
                return found
            except (httpx.TransportError, AssertionError):
                assert time.monotonic() < until, run.logs().decode()
                time.sleep(0.05)
    finally:
        run.remove(force=True)


def assert_the_same_settings(engine: DockerEngine, one: str, other: str) -> None:
    """How a container of either would be started."""
    settings = [engine.raw().images.get(image).attrs["Config"] for image in (one, other)]
    for name in ("User", "Cmd", "Entrypoint", "WorkingDir", "ExposedPorts"):
        assert (settings[0].get(name) or None) == (settings[1].get(name) or None), name
    assert set(settings[0]["Env"]) == set(settings[1]["Env"])
    assert (settings[1].get("Healthcheck") or {"Test": ["NONE"]})["Test"] == ["NONE"]


def paths_of(engine: DockerEngine, image: str, *folders: str) -> set[str]:
    """The files of an image in some folders."""
    command = ["/bin/sh", "-c", "find " + " ".join(folders) + " -type f -not -name '*.pyc' | sort"]
    said = engine.raw().containers.run(image, command, remove=True, user="0", entrypoint="")
    return set(said.decode().splitlines())


def test_host_built_layers_answer(engine: DockerEngine, tmp_path: Path) -> None:
    built = load(engine, wanted(engine, tmp_path))
    assert answer_of(engine, built.id) == [6]
    assert [layer["name"] for layer in built.layers] == ["packages", "scoring server", "model numbers:1", "script"]
    document = json.loads(engine.labels(built.id)[f"{LABEL}.manifest"])
    assert document["environment"]["packages"] == ["packaging==24.2"]
    assert [model["name"] for model in document["models"]] == ["numbers"]
    never_run = engine.raw().containers.create(built.id)
    inside = files.read(never_run, f"/{IMAGE}/container.json")
    never_run.remove()
    assert inside is not None
    assert json.loads(inside) | {"layers": []} == document | {"layers": []}
    assert json.loads(inside)["layers"] == document["layers"][:-1]


@pytest.mark.slow
@pytest.mark.parametrize("base", [None, OWN], ids=["default", "own"])
def test_the_dockerfile_makes_the_same(engine: DockerEngine, tmp_path: Path, base: ManifestBase | None) -> None:
    by_hand = built_by_dockerfile(engine, tmp_path, base)
    if base is None:
        built = load(engine, wanted(engine, tmp_path))
    else:
        on_own = engine.own_base(base, "3.11.4", lambda _: None, Said())[1]
        built = load(engine, container(on(base, recipe(tmp_path)), on_own))
        assert answer_of(engine, built.id) == [6]
    assert answer_of(engine, by_hand) == [6]
    assert_the_same_settings(engine, built.id, by_hand)
    kept = engine.raw().images.get(by_hand)
    assert b"canary-" not in b"".join(kept.save()) + json.dumps([kept.attrs, kept.history()]).encode()
    folders = (f"/{IMAGE}", f"/{ENVIRONMENT}/lib", "/opt/mlops/server/lib", "/etc")
    ours, theirs = (paths_of(engine, image, *folders) for image in (built.id, by_hand))
    ignored = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json")
    assert {path for path in ours ^ theirs if not path.endswith(ignored) and "/pip" not in path} == set()


def test_what_is_there_is_found_and_not_made_again(engine: DockerEngine, tmp_path: Path) -> None:
    first = load(engine, wanted(engine, tmp_path))
    found = engine.find(wanted(engine, tmp_path))
    assert found is not None
    assert found.id == first.id


def test_a_changed_script_costs_its_layer_alone(engine: DockerEngine, tmp_path: Path) -> None:
    load(engine, wanted(engine, tmp_path))
    changed = wanted(engine, tmp_path, IMPORTS.replace("factor = 2", f"factor = {secrets.randbits(60)}"))
    assert load(engine, changed).made == ("script",)


def test_made_anew_it_is_the_same_to_the_bit(engine: DockerEngine, tmp_path: Path) -> None:
    one = load(engine, wanted(engine, tmp_path))
    other = load(engine, wanted(engine, tmp_path), anew=True)
    assert other.made == ("packages", "scoring server", "model numbers:1", "script")
    assert (other.id, other.layers) == (one.id, one.layers)


def test_nothing_of_this_machine_is_in_it(
    engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_TRUSTED_HOST", "MLOPS_SECRET"):
        monkeypatch.setenv(name, "canary-7d1c")
    built = load(engine, wanted(engine, tmp_path), anew=True)
    image = engine.raw().images.get(built.id)
    assert "canary-7d1c" not in json.dumps([image.attrs, image.history()])
    data = b"".join(image.save())
    assert b"canary-7d1c" not in data
    assert str(Path.home() / "").encode() + b"/." not in data
    assert str(tmp_path).encode() not in data


def test_a_base_with_another_python_is_named(engine: DockerEngine) -> None:
    with pytest.raises(ImageError, match=r"Python 3\.\d+\.\d+, the environment was locked for 3\.8"):
        engine.base("jupyter-mlops/base:3.11", "3.8.1")


def test_a_base_that_is_nowhere_is_named(engine: DockerEngine) -> None:
    with pytest.raises(ImageError, match=r"127\.0\.0\.1:9/nobody:1 is not in the Docker engine, and cannot be pulled"):
        engine.base("127.0.0.1:9/nobody:1", "3.11.1")


def test_an_image_goes_to_a_registry_with_a_password_and_comes_back(
    engine: DockerEngine, tmp_path: Path, registry: PrivateRegistry
) -> None:
    built = load(engine, wanted(engine, tmp_path))
    reference, login = (
        f"{registry.address}/team/doubler:1",
        Credentials(username=registry.username, password=registry.password),
    )
    with pytest.raises(ImageError, match="refused"):
        engine.push(built.id, reference, Said())
    said = Said()
    digest = engine.push(built.id, reference, said, login)
    assert digest.startswith("sha256:")
    assert registry.password not in "\n".join(said.lines) + repr(login)
    engine.raw().images.remove(reference)
    assert engine.pull(reference, Said(), login) == built.id
    engine.raw().images.remove(reference)
