"""Bases of one's own in a real engine: found, pulled, built, refused, in one line each."""

from __future__ import annotations

import io
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_mlops.errors import ImageError, RegistryError
from jupyter_mlops.images.base_image import Credentials
from jupyter_mlops.images.container import LABEL
from jupyter_mlops.images.engines.docker import DockerEngine
from jupyter_mlops.records import ManifestBase
from tests.fixtures.registries import PrivateRegistry
from tests.services.docker.containers import engine_or_skip
from tests.services.specs import Said

pytestmark = pytest.mark.docker

DEFAULT = "jupyter-mlops/base:3.11"
STEPS = "RUN echo made-by-a-step > /etc/step\nENV STEP=done"


@pytest.fixture
def engine() -> DockerEngine:
    return engine_or_skip()


def nobody(_: str) -> None:
    """No login for any registry."""


@pytest.fixture
def pushed(engine: DockerEngine, registry: PrivateRegistry) -> Iterator[str]:
    """The default base in both registries, as `team/base:1`, and no longer under that name in the engine."""
    client = engine.raw()
    login = {"username": registry.username, "password": registry.password}
    reference = f"{registry.address}/team/base:1"
    client.images.get(DEFAULT).tag(f"{registry.address}/team/base", "1")
    for said in client.api.push(reference, auth_config=login, stream=True, decode=True):
        assert "error" not in said, said
    client.images.remove(reference)
    yield "team/base:1"
    for address in (registry.address, registry.open_address):
        for image in client.images.list(f"{address}/team/base"):
            for tag in image.tags:
                if tag.startswith(address):
                    client.images.remove(tag)


def tar_image(engine: DockerEngine, name: str, **files: bytes) -> str:
    """An image of these files alone (underscores are slashes)."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(path.replace("_", "/"))
            info.size, info.mode = len(content), 0o755
            tar.addfile(info, io.BytesIO(content))
    engine.raw().api.import_image_from_data(packed.getvalue(), repository="jupyter-mlops/test-base", tag=name)
    return f"jupyter-mlops/test-base:{name}"


def test_a_public_base_is_pulled_and_frozen_by_its_registrys_digest(
    engine: DockerEngine, registry: PrivateRegistry, pushed: str
) -> None:
    wanted = ManifestBase(reference=f"{registry.open_address}/{pushed}")
    frozen, base = engine.own_base(wanted, "3.11.4", nobody, Said())
    assert frozen.digest is not None
    assert frozen == replace(wanted, digest=frozen.digest)
    assert (base.reference, base.minor) == (wanted.reference, "3.11")
    engine.raw().images.remove(wanted.reference)
    assert engine.own_base(frozen, "3.11.4", nobody, Said()) == (frozen, base), "by digest it is had again"


def test_a_private_base_wants_its_password(engine: DockerEngine, registry: PrivateRegistry, pushed: str) -> None:
    wanted, said = ManifestBase(reference=f"{registry.address}/{pushed}"), Said()
    with pytest.raises(RegistryError, match=rf"^the registry {registry.address} wants a user name and a password for"):
        engine.own_base(wanted, "3.11.4", nobody, said)
    with pytest.raises(RegistryError, match=r"refuses this user name and password") as refused:
        engine.own_base(wanted, "3.11.4", lambda _: Credentials(username="ada", password="wrong-canary"), said)
    assert "\n" not in refused.value.message
    asked: list[str] = []

    def login(address: str) -> Credentials:
        asked.append(address)
        return Credentials(username=registry.username, password=registry.password)

    frozen, _ = engine.own_base(wanted, "3.11.4", login, said)
    assert (frozen.digest or "").startswith("sha256:")
    assert asked == [registry.address]
    assert "canary" not in "\n".join(said.lines) + str(refused.value)


def test_a_base_in_an_engine_alone_is_frozen_by_its_id(engine: DockerEngine) -> None:
    frozen, base = engine.own_base(ManifestBase(reference=DEFAULT), "3.11.4", nobody, Said())
    assert (frozen.digest, frozen.id) == (None, base.id)
    with pytest.raises(ImageError, match=r"is in no registry, and not in this engine"):
        engine.own_base(replace(frozen, id=f"sha256:{'0' * 64}"), "3.11.4", nobody, Said())


def test_steps_are_built_once(engine: DockerEngine) -> None:
    wanted, said = ManifestBase(steps=STEPS), Said()
    frozen, base = engine.own_base(wanted, "3.11.4", nobody, said)
    assert frozen.reference == DEFAULT
    assert "STEP=done" in base.environment
    assert engine.own_base(frozen, "3.11.4", nobody, Said()) == (frozen, base)
    assert engine.own_base_there(wanted, "3.11.4") == base
    assert engine.own_base_there(ManifestBase(steps=f"{STEPS}\nENV X=1"), "3.11.4") is None, "nothing is built for it"
    assert engine.own_base_there(ManifestBase(reference="127.0.0.1:9/nobody:1"), "3.11.4") is None
    ran = engine.raw().containers.run(base.id, ["cat", "/etc/step"], remove=True, entrypoint="")
    assert ran == b"made-by-a-step\n"


def test_a_dockerfile_makes_the_base(engine: DockerEngine) -> None:
    wanted = ManifestBase(dockerfile=f'FROM {DEFAULT} AS one\nRUN true\nFROM one\n{STEPS}\nENTRYPOINT ["/nowhere"]\n')
    frozen, base = engine.own_base(wanted, "3.11.4", nobody, Said())
    assert frozen == wanted
    assert "STEP=done" in base.environment
    assert engine.labels(base.id).keys() == {f"{LABEL}.base"}


def test_a_step_that_fails_says_which_and_why(engine: DockerEngine) -> None:
    with pytest.raises(ImageError, match=r"the steps of the base did not build: .*exit code: 3") as failed:
        engine.own_base(ManifestBase(reference=DEFAULT, steps="RUN echo reason; exit 3"), "3.11.4", nobody, Said())
    assert "reason" in (failed.value.details or "")


def test_a_base_with_another_python_says_what_to_use(engine: DockerEngine) -> None:
    with pytest.raises(
        ImageError,
        match=r"base:3\.11: this base has Python 3\.11\.\d+, the environment was locked for 3\.13; "
        r"use one that has it: --base-image python:3\.13-slim",
    ):
        engine.own_base(ManifestBase(reference=DEFAULT), "3.13.1", nobody, Said())


def test_a_base_without_python_a_shell_or_for_another_machine(engine: DockerEngine) -> None:
    arm = bytes.fromhex("7f454c46020101" + "00" * 9 + "0200b700") + bytes(64)
    for name, files, told in (
        ("no-shell", {"etc_x": b""}, r"no-shell: the base image has no shell that we can use \(/bin/sh\); use one"),
        (
            "other",
            {"bin_sh": arm},
            r"other: the base image is made for .*, the Docker engine's machine is \w+; give one",
        ),
    ):
        reference = tar_image(engine, name, **files)
        with pytest.raises(ImageError, match=told):
            engine.own_base(ManifestBase(reference=reference), "3.11.4", nobody, Said())
        engine.raw().images.remove(reference)
    bare = ManifestBase(reference=DEFAULT, steps="RUN rm /usr/bin/python*")
    with pytest.raises(ImageError, match=r"has no Python that we can use; use python:3\.11-slim, or a step that puts"):
        engine.own_base(bare, "3.11.4", nobody, Said())
    asked = {"label": f"{LABEL}.role=question"}
    while engine.raw().containers.list(all=True, filters=asked, ignore_removed=True):  # another test may be asking
        threading.Event().wait(0.1)


def test_several_may_ask_a_base_at_once(engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "state").write_text("no folder, so that no answer is kept")
    monkeypatch.setenv("JUPYTER_MLOPS_STATE", str(tmp_path / "state"))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: DockerEngine().base(None, "3.11.4"), range(8)))
    assert {one.id for one in found} == {engine.base(None, "3.11.4").id}


def test_a_gpu_base_that_cannot_be_pulled_is_one_line(engine: DockerEngine) -> None:
    wanted = ManifestBase(reference="127.0.0.1:9/nvidia/cuda:12.6.3-cudnn-runtime-rockylinux9", steps=STEPS)
    with pytest.raises(ImageError, match=r"rockylinux9 is not in the Docker engine, and cannot be pulled; ") as told:
        engine.own_base(wanted, "3.11.4", nobody, Said())
    assert "\n" not in told.value.message
