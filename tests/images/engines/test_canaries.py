"""What a build needs of a company's network reaches it, and stays nowhere: not in a layer, the history, a label, the
workspace, its log or its events.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.errors import BuildError

from jupyter_mlops import Environment, Image, InferenceConfig, Workspace
from jupyter_mlops.images.build_network import build_arguments, build_files
from jupyter_mlops.images.context import write_context
from jupyter_mlops.images.engines.docker import DockerEngine
from jupyter_mlops.images.inputs import server_requirements
from jupyter_mlops.operations import containers
from jupyter_mlops.records import ManifestBase
from tests.images.company import LOGINS, PROXY_LOGIN, Company, company, spellings
from tests.services.docker.containers import engine_or_skip
from tests.services.specs import Said

pytestmark = [pytest.mark.docker, pytest.mark.slow]

DEFAULT = "jupyter-mlops/base:3.11"
SCRIPT = "import canary_package\n\ndef init():\n    pass\n\ndef run(data):\n    return canary_package.NUMBER\n"


@pytest.fixture
def engine() -> DockerEngine:
    return engine_or_skip()


@pytest.fixture
def servers_wheels(tmp_path: Path) -> None:
    """The company's index has what the scoring server needs; fetched before this machine is one of the company."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", str(wheels)]
    subprocess.run([*command, *server_requirements()], check=True)


@pytest.fixture
def behind(engine: DockerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """This machine as one of a company, with a name and a password for everything."""
    home, wheels = tmp_path / "home", tmp_path / "wheels"
    home.mkdir()
    wheels.mkdir(exist_ok=True)
    _private_wheel(wheels)
    gateway = engine.raw().networks.get("bridge").attrs["IPAM"]["Config"][0]["Gateway"]
    with company(home, wheels, gateway) as found:
        _login(home, found, monkeypatch)
        yield found


def _private_wheel(folder: Path) -> None:
    about = "canary_package-1.0.dist-info"
    files = {
        "canary_package.py": "NUMBER = 42\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: canary-package\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{about}/RECORD"])
    with zipfile.ZipFile(folder / "canary_package-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, f"{about}/RECORD": record}.items():
            wheel.writestr(name, text)


def _login(home: Path, found: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    user, _, password = LOGINS["uv-extra.canary.example"].partition(":")
    (home / "netrc").write_text(f"machine uv-extra.canary.example login {user} password {password}\n")
    (home / "netrc").chmod(0o600)
    (home / "pip.conf").write_text(
        f"[global]\nindex-url = https://{LOGINS['pip-index.canary.example']}@pip-index.canary.example/simple\n"
        "extra-index-url = https://uv-extra.canary.example/simple\n"
    )
    for name, value in {
        "HTTP_PROXY": found.proxy,
        "HTTPS_PROXY": found.proxy,
        "PIP_CERT": str(found.certificate),
        "SSL_CERT_FILE": str(found.certificate),
        "REQUESTS_CA_BUNDLE": str(found.certificate),
        "NETRC": str(home / "netrc"),
        "PIP_CONFIG_FILE": str(home / "pip.conf"),
        "UV_INDEX_URL": f"https://{LOGINS['uv-index.canary.example']}@uv-index.canary.example/simple",
        "UV_EXTRA_INDEX_URL": "https://uv-extra.canary.example/simple",
        "UV_CACHE_DIR": str(home / "uv-cache"),
    }.items():
        monkeypatch.setenv(name, value)


def canaries(found: Company) -> list[bytes]:
    """What must be found nowhere."""
    logins = [PROXY_LOGIN, *LOGINS.values()]
    certificate = found.certificate.read_bytes().splitlines()[5]
    return [b"canary.example", certificate, *(spelling for login in logins for spelling in spellings(login))]


def leaks(found: Company, *texts: bytes) -> list[bytes]:
    return [canary for canary in canaries(found) if any(canary in text for text in texts)]


def everything_of(engine: DockerEngine, image: str) -> bytes:
    """Configuration, labels and history of an image, and every byte of its layers."""
    kept = engine.raw().images.get(image)
    return json.dumps([kept.attrs, kept.history()]).encode() + b"".join(kept.save())


def files_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An image whose one package only the company's index has."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "score.py").write_text(SCRIPT)
    (tmp_path / "requirements.txt").write_text("canary-package\n")
    environment = Environment.from_pip_requirements("private", "requirements.txt")
    image = Image.create(Workspace(), "canary", [], InferenceConfig("score.py", environment=environment))
    image.wait_for_creation()
    return image


@pytest.mark.usefixtures("servers_wheels")
def test_a_companys_network_is_used_and_stays_nowhere(
    engine: DockerEngine, behind: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = made(tmp_path, monkeypatch)
    by_layers = image.location
    assert "/files/canary_package-1.0-py3-none-any.whl" in {path for _, path in behind.seen}
    assert {host for host, _ in behind.seen} == {"uv-index.canary.example", "uv-extra.canary.example"}
    image.save_context("given-away")

    for name in ("UV_INDEX_URL", "UV_EXTRA_INDEX_URL"):  # then pip.conf says where
        monkeypatch.delenv(name)
    behind.seen.clear()
    said = Said()
    recipe = containers.recipe_of(image.workspace.store, image.record)
    context = tmp_path / "home" / "context"
    write_context(recipe, context, engine.base(None, recipe.lock.python).reference, network=build_files())
    with pytest.raises(BuildError, match="--mount option requires BuildKit"):
        engine.raw().images.build(path=str(context), rm=True, forcerm=True, buildargs=build_arguments())
    by_dockerfile = engine.build(context, "jupyter-mlops/test-canary:1", said).tag
    asked = {host for host, _ in behind.seen}
    assert asked == {"pip-index.canary.example", "uv-extra.canary.example"}

    for tag in (by_layers, by_dockerfile):
        told = engine.raw().containers.run(tag, ["-c", "import canary_package as c; print(c.NUMBER)"],
                                           entrypoint="/opt/mlops/env/bin/python", remove=True)  # fmt: skip
        assert told == b"42\n"
        assert leaks(behind, everything_of(engine, tag)) == [], tag
    log = "\n".join([image.image_build_log, *said.lines, *(str(event) for event in image.operation.events())])
    assert set(leaks(behind, log.encode())) <= {b"canary.example"}, "a log may name an index, and no more"
    for folder in ("workspace", "state", "given-away"):
        assert leaks(behind, files_below(tmp_path / folder)) == [], folder
    assert leaks(behind, files_below(context)), "what is searched for can be found"
    engine.remove(by_dockerfile)


STEPS = """\
COPY . /copied
RUN python3 -m pip download --no-cache-dir --no-deps -d /tmp/got canary-package && \\
    mv /tmp/got/canary_package-1.0-py3-none-any.whl /from-the-index.whl
ENV STEP=done
"""


@pytest.mark.parametrize("whole", [False, True], ids=["steps", "dockerfile"])
def test_the_steps_of_a_base_use_it_and_keep_nothing_of_it(engine: DockerEngine, behind: Company, whole: bool) -> None:
    text = f"FROM {DEFAULT}\n{STEPS}"
    wanted = ManifestBase(dockerfile=text) if whole else ManifestBase(reference=DEFAULT, steps=STEPS)
    said = Said()
    _, base = engine.own_base(wanted, "3.11.4", lambda _: None, said)
    try:
        assert "/files/canary_package-1.0-py3-none-any.whl" in {path for _, path in behind.seen}
        assert {host for host, _ in behind.seen} == {"uv-index.canary.example", "uv-extra.canary.example"}
        assert leaks(behind, everything_of(engine, base.id)) == []
        assert b"canary_package.py" in everything_of(engine, base.id), "what is searched can be read"
        inside = engine.raw().containers.run(base.id, ["-c", "env; ls -R /copied /run/mlops-build; true"],
                                             entrypoint="/bin/sh", remove=True, stderr=True).decode()  # fmt: skip
        assert "STEP=done" in inside
        assert "/run/mlops-build/" not in inside, "neither a setting nor a file"
        log = "\n".join(said.lines)
        assert set(leaks(behind, log.encode())) <= {b"canary.example"}, "a log may name an index, and no more"
        (lent,) = set(re.findall(r"jupyter-mlops/lent:[0-9a-f]{16}", log))
        assert engine.raw().images.list(lent) == []
    finally:
        engine.remove(base.id)
