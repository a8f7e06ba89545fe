"""Environments of conda's, read with no conda at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_mlops.errors import NotFoundError, UsageError
from jupyter_mlops.sdk.environment import Environment


def made(prefix: Path, **packages: tuple[str, list[str]]) -> Path:
    """An environment as conda leaves it: what it installed, with the files of each."""
    (prefix / "conda-meta").mkdir(parents=True)
    for name, (version, files) in packages.items():
        document = {"name": name, "version": version, "files": files}
        (prefix / "conda-meta" / f"{name}-{version}-0.json").write_text(json.dumps(document))
    return prefix


def distribution(prefix: Path, name: str, version: str) -> str:
    folder = f"lib/python3.11/site-packages/{name}-{version}.dist-info"
    (prefix / folder).mkdir(parents=True)
    (prefix / folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return f"{folder}/METADATA"


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`train`, in the home's miniconda3; beside it a base of conda's, and one listed in environments.txt."""
    for name in ("CONDA_PREFIX", "CONDA_EXE", "MAMBA_EXE", "MAMBA_ROOT_PREFIX", "CONDA_ENVS_PATH"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    made(home / "miniconda3", python=("3.12.1", []))
    other = made(tmp_path / "far" / "envs" / "listed", openssl=("3.1", []))
    (home / ".conda").mkdir()
    (home / ".conda/environments.txt").write_text(f"{other}\n{tmp_path}/gone\n")
    train = home / "miniconda3/envs/train"
    numpy = distribution(train, "numpy", "2.0.2")
    pip = distribution(train, "pip", "24.0")
    distribution(train, "Some_Tool", "1.5")  # that pip installed
    return made(
        train, python=("3.11.9", []), numpy=("2.0.2", [numpy]), libopenblas=("0.3", ["lib/x.so"]), pip=("24.0", [pip])
    )


def test_its_python_and_its_python_packages_are_pinned(prefix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = Environment.from_existing_conda_environment("e", "train")
    assert env.conda is not None
    assert env.conda.as_dict()["dependencies"] == ["python=3.11", {"pip": ["numpy==2.0.2", "Some_Tool==1.5"]}]
    assert "libopenblas are no Python packages and stay behind" in capsys.readouterr().out
    by_path = Environment.from_existing_conda_environment("e", str(prefix))
    assert by_path.serialize() == env.serialize()


def test_those_that_there_are_are_named(prefix: Path) -> None:
    with pytest.raises(
        NotFoundError, match=r"no conda environment 'tran' on this machine; there are: base, listed, train"
    ):
        Environment.from_existing_conda_environment("e", "tran")
    with pytest.raises(UsageError, match="no Python"):
        Environment.from_existing_conda_environment("e", "listed")


def test_the_active_one_says_where_the_others_are(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = made(prefix.parents[3] / "conda" / "envs" / "active", python=("3.11.1", []))
    monkeypatch.setenv("CONDA_PREFIX", str(other))
    env = Environment.from_existing_conda_environment("e", "active")
    assert env.conda is not None
    assert env.conda.as_dict()["dependencies"] == ["python=3.11"]
