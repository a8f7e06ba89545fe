"""The Dockerfile of an image, as a whole document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.images import dockerfile
from jupyter_mlops.images import manifest as manifests
from jupyter_mlops.images.base_image import BaseImage, default_bases, read_answer
from jupyter_mlops.images.build_network import build_arguments, build_files
from jupyter_mlops.images.container import Recipe, container
from jupyter_mlops.images.context import write_context
from jupyter_mlops.images.own_base import gpu_base
from jupyter_mlops.records import ImageManifest, ManifestBase
from jupyter_mlops.storage import BlobStore
from tests.images.records import a_lock, a_model, a_script

WHOLE = Path(__file__).parent


def text_on(base: ManifestBase | None, **options: Any) -> str:
    lock = a_lock("numpy==2.0.2")
    manifest = manifests.make([a_model(version=3)], a_script(), "l" * 64, lock, scoring_version="0.1.0", base=base)
    return dockerfile.render(manifest, "python:3.11-slim@sha256:0123", **options)


def test_the_whole_text() -> None:
    text = text_on(None, labels={"org.example.note": 'says "so"'}, wheels=True)
    assert text == (WHOLE / "whole.Dockerfile").read_text()


OWN = ManifestBase(
    reference="registry.example.org/team/base:2", digest="sha256:4567", steps="USER root\nRUN apt-get update\n"
)


@pytest.mark.parametrize(
    ("base", "beginning"),
    [
        (OWN, "own_base"),
        (gpu_base("3.11.4", "11.8"), "gpu_rocky"),
        (gpu_base("3.12.1"), "gpu_ubuntu"),
        (ManifestBase(steps="RUN true"), "steps"),
        (ManifestBase(dockerfile="# syntax=docker/dockerfile:1\nFROM python:3.11\nRUN true\n"), "dockerfile"),
    ],
)
def test_the_whole_text_on_another_base(base: ManifestBase, beginning: str) -> None:
    default = text_on(None)
    begun = (WHOLE / "bases" / f"{beginning}.Dockerfile").read_text()
    rest = default.partition("FROM python:3.11-slim@sha256:0123\n")[2]
    assert rest.startswith("\nUSER root\n\nRUN --mount")
    assert re.sub(r"sha256:[0-9a-f]{12}\. Build", "sha256:…. Build", text_on(base)) == begun + rest


def test_a_build_on_this_machine_mounts_what_it_needs_from_the_context() -> None:
    manifest = manifests.make([], a_script(), "l" * 64, a_lock(), scoring_version="0.1.0")
    text = dockerfile.render(manifest, "base", bound=("ca.crt",))
    assert "--mount=type=bind,source=secrets/ca.crt,target=/run/secrets/ca.crt" in text
    assert "type=secret" not in text
    assert "netrc" not in text


def test_a_context_can_be_given_away(tmp_path: Path, blobs: BlobStore, manifest: ImageManifest) -> None:
    recipe = Recipe(name="i:1", manifest=manifest, lock=a_lock("numpy==2.0.2"), blobs=blobs, revision={"revision": 1})
    write_context(recipe, tmp_path / "context", "python:3.11-slim")
    files = {path.relative_to(tmp_path / "context").as_posix() for path in (tmp_path / "context").rglob("*")}
    assert {
        "Dockerfile",
        "requirements.txt",
        "server-requirements.txt",
        "lock.json",
        "manifest.json",
        "container.json",
        "revision.json",
        "app/source/score.py",
        "app/source/beside.json",
        "app/azureml-models/diabetes/1/model.pkl",
        "server/jupyter_mlops/scoring/worker/attend.py",
    } <= files
    assert "secrets" not in files
    assert (tmp_path / "context/requirements.txt").read_text() == "numpy==2.0.2\n"
    assert str(tmp_path) not in "".join(path.read_text() for path in (tmp_path / "context").glob("*.*"))
    with pytest.raises(UsageError, match="not empty"):
        write_context(recipe, tmp_path / "context", "python:3.11-slim")


def test_the_network_of_the_user_without_this_machines_disk(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("certificate")
    (tmp_path / ".netrc").write_text("machine example.org password p")
    environ = {
        "HOME": str(tmp_path),
        "PIP_CERT": str(tmp_path / "ca.pem"),
        "PIP_INDEX_URL": "https://u:p@example.org/simple",
        "PIP_EXTRA_INDEX_URL": "file:///opt/simple https://example.org/more",
        "PIP_CONFIG_FILE": "/dev/null",
    }
    assert build_files(environ) == {
        "ca.crt": b"certificate",
        "pip.conf": b"[global]\nindex-url = https://u:p@example.org/simple\nextra-index-url = https://example.org/more\n",
        "netrc": b"machine example.org password p",
    }


def test_what_uv_and_a_proxy_were_told_goes_into_the_build(tmp_path: Path) -> None:
    environ = {
        "HOME": str(tmp_path),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": "https://pips.example/simple",
        "UV_INDEX_URL": "https://u:p@uvs.example/simple",
        "UV_INDEX": "private=https://private.example/simple https://e.example/simple?a=b",
        "PIP_PROXY": "http://u:p@proxy.example:3128",
        "no_proxy": "localhost",
    }
    assert build_files(environ) == {
        "pip.conf": b"[global]\nindex-url = https://u:p@uvs.example/simple\n"
        b"extra-index-url = https://private.example/simple https://e.example/simple?a=b\n"
    }
    proxy = environ["PIP_PROXY"]
    assert build_arguments(environ) == {
        **dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"), proxy),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost"),
    }


BASE = BaseImage(
    reference="b:1",
    id="sha256:b",
    diff_ids=("sha256:d",),
    python="3.11.2",
    python_path="/usr/bin/python3",
    machine="x86_64",
    glibc="2.36",
    architecture="amd64",
    os="linux",
)


def test_a_layers_key_is_of_what_goes_into_it(blobs: BlobStore) -> None:
    def keys(**changes: object) -> dict[str, str]:
        models = [a_model(digest=str(changes.get("model", "m")) * 64)]
        script = a_script(digest=str(changes.get("script", "s")) * 64)
        lock = a_lock(str(changes.get("package", "numpy==2.0.2")))
        manifest = manifests.make(models, script, lock.digest, lock, scoring_version="0.1.0")
        recipe = Recipe(name="i:1", manifest=manifest, lock=lock, blobs=blobs, revision={})
        return {part.name: part.key for part in container(recipe, BASE).parts}

    def changed(**changes: object) -> list[str]:
        before, after = keys(), keys(**changes)
        return [name for name in before if before[name] != after[name]]

    assert list(keys()) == ["packages", "scoring server", "model diabetes:1", "script"]
    assert changed() == []
    assert changed(script="t") == ["script"]
    assert changed(model="n") == ["model diabetes:1", "script"]
    assert changed(package="numpy==2.1.0") == ["packages", "script"]


def test_the_platform_of_wheels_is_the_bases() -> None:
    from dataclasses import replace

    assert BASE.platform == "x86_64-manylinux_2_36"
    assert replace(BASE, glibc="2.41").platform == "x86_64-manylinux_2_40"
    assert replace(BASE, machine="arm64", glibc="2.17").platform == "aarch64-manylinux_2_17"
    assert replace(BASE, glibc=None).platform == "x86_64-unknown-linux-musl"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ('{"python": null}', "has no Python that we can use"),
        ("", "has no Python that we can use"),
        (
            '{"python": "3.11.1", "path": "/p", "machine": "m", "libc": ["glibc", "2.36"], "lacks": ["ssl"]}',
            "lacks ssl",
        ),
    ],
)
def test_a_base_that_cannot_be_used_says_what_is_missing(answer: str, told: str) -> None:
    with pytest.raises(Exception, match=told):
        read_answer("b:1", answer, {}, "3.11.4")


def test_the_default_bases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTER_MLOPS_BASE_IMAGE", raising=False)
    assert default_bases("3.12.1") == ("jupyter-mlops/base:3.12", "python:3.12-slim")
    monkeypatch.setenv("JUPYTER_MLOPS_BASE_IMAGE", "mine:1")
    assert default_bases("3.12.1") == ("mine:1",)
