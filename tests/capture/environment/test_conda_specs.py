"""A conda file's lines in pip's words: exactly, or with the reason why there are none."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name

from jupyter_mlops.capture.environment import conda_names
from jupyter_mlops.capture.environment.conda_specs import CondaLine, read_line
from jupyter_mlops.capture.environment.requested import from_conda
from jupyter_mlops.errors import UsageError


def read(line: str) -> CondaLine:
    return read_line(line, "myenv.yml")


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        ("numpy", "numpy"),
        ("numpy *", "numpy"),
        ("numpy=1.19", "numpy==1.19.*"),
        ("numpy =1.19", "numpy==1.19.*"),
        ("numpy = 1.19", "numpy==1.19.*"),
        ("numpy==1.19.2", "numpy==1.19.2"),
        ("numpy 1.19.2", "numpy==1.19.2"),
        ("numpy 1.19.*", "numpy==1.19.*"),
        ("numpy 1.19*", "numpy==1.19.*"),
        ("numpy=1.19.*", "numpy==1.19.*"),
        ("numpy=1.19.2=py36_0", "numpy==1.19.2"),
        ("numpy==1.19.2=py36_0", "numpy==1.19.2"),
        ("numpy 1.19.2 py36_0", "numpy==1.19.2"),
        ("numpy 1.19.* *openblas*", "numpy==1.19.*"),
        ("numpy >=1.19,<2", "numpy<2,>=1.19"),
        ("numpy >= 1.19, < 2", "numpy<2,>=1.19"),
        ("numpy>=1.19.*", "numpy>=1.19"),
        ("numpy!=1.19.1,>=1.19", "numpy!=1.19.1,>=1.19"),
        ("numpy~=1.19.2", "numpy~=1.19.2"),
        ("conda-forge::numpy=1.19", "numpy==1.19.*"),
        ("conda-forge/linux-64::numpy", "numpy"),
        ("numpy[version='>=1.19,<2']", "numpy<2,>=1.19"),
        ('numpy[version="1.19.2", build=py36_0]', "numpy==1.19.2"),
        ("numpy=1.19  # for the arrays", "numpy==1.19.*"),
        ("pytorch=2.1", "torch==2.1.*"),
        ("Py-XGBoost", "xgboost"),
        ("ruamel_yaml", "ruamel.yaml"),
        ("docker-py", "docker"),
        ("dask=2024.1.0", "dask[complete]==2024.1.0.*"),
        ("opencv==4.5.1", "opencv-python-headless==4.5.1.*"),
        ("opencv>=4.5", "opencv-python-headless>=4.5"),
    ],
)
def test_a_line(line: str, requirement: str) -> None:
    assert str(read(line).requirement) == requirement


@pytest.mark.parametrize(
    "line",
    ["openssl=1.1.1k", "jpeg=9e", "_libgcc_mutex=0.1=main", "pip", "mkl", "nomkl", "tzdata=2021a", "dataclasses"],
)
def test_what_pip_needs_nothing_for(line: str) -> None:
    assert read(line) == CondaLine(line.partition("=")[0])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("graphviz", "graphviz (conda's is the program `dot`; PyPI's graphviz is conda's python-graphviz)"),
        ("redis=5", "redis (conda's is the database; PyPI's redis is conda's redis-py)"),
        ("openjdk", "openjdk (Java; a base image has it)"),
        ("r-ggplot2", "r-ggplot2 (R; this is a server for Python)"),
        ("numpy=1.18|1.19", "numpy =1.18|1.19 (pip knows no 'or'; name one of them)"),
        ("numpy ^1.1.*$", "numpy ^1.1.*$ (pip knows no patterns; name a version)"),
    ],
)
def test_what_cannot_be_had_says_what_there_is(line: str, reason: str) -> None:
    assert read(line).refused == reason


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("opencv", "opencv: opencv-python-headless has no windows (imshow)"),
        ("cpuonly", "cpuonly: which torch pip takes, with CUDA or without, is up to the index"),
        ("pytorch=2.1=*cuda*", "pytorch: conda's build *cuda* was asked for; which one pip takes is up to the index"),
    ],
)
def test_what_is_not_to_the_letter_the_same_is_told(line: str, note: str) -> None:
    assert read(line).note == note


@pytest.mark.parametrize("line", ["==", "numpy=", "numpy=one two three", "numpy=1.19beta-x=0", "numpy>>1"])
def test_what_nobody_understands(line: str) -> None:
    with pytest.raises(UsageError, match="not understood"):
        read(line)


@pytest.mark.parametrize("line", ["python=3.11", "python 3.11", "python==3.11", "conda-forge::python=3.11"])
def test_a_python_of_a_minor_version(line: str) -> None:
    assert str(read(line).python) == "==3.11.*"


def test_a_file_as_conda_env_export_writes_it() -> None:
    asked = from_conda(
        {
            "name": "project_environment",
            "channels": ["conda-forge", "defaults"],
            "dependencies": [
                *("_libgcc_mutex=0.1=conda_forge", "libblas=3.9.0=22_linux64_openblas", "numpy=1.26.4=py311h64a7726_0"),
                *("python=3.11.7=hab00c5b_1_cpython", "xz=5.2.6=h166bdaf_0"),
                {"pip": ["azureml-defaults==1.60.0", "inference-schema[numpy-support]"]},
            ],
            "prefix": "/opt/conda/envs/project",
        }
    )
    assert [str(one) for one in asked.requirements] == [
        "numpy==1.26.4", "azureml-defaults==1.60.0", "inference-schema[numpy-support]",
    ]  # fmt: skip
    assert (str(asked.python), asked.impossible, asked.notes) == ("==3.11.7", (), ())


def test_the_tables_do_not_contradict_each_other() -> None:
    tables = (conda_names.ON_PYPI, conda_names.UNNECESSARY, conda_names.IMPOSSIBLE)
    for one in tables:
        assert [name for name in one if canonicalize_name(name) != name and not name.startswith("-")] == []
        for other in tables:
            assert one is other or not set(one) & set(other)
