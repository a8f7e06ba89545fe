"""A conda file as an object."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from jupyter_mlops.errors import UsageError
from jupyter_mlops.sdk.conda_dependencies import CondaDependencies

SEED = """\
# Conda environment specification.
name: project_environment
channels:
  - conda-forge
dependencies:
  - python=3.6.2
  - scikit-learn=0.20.0
  - pip:
    - --index-url https://example.org/simple
    - azureml-defaults
    - inference-schema[numpy-support]
"""


def test_it_is_read_changed_and_written_as_one_expects() -> None:
    Path("myenv.yml").write_text(SEED)
    conda = CondaDependencies("myenv.yml")
    assert conda.python_version == "3.6.2"
    assert conda.conda_packages == ["scikit-learn=0.20.0"]
    assert conda.pip_packages == ["azureml-defaults", "inference-schema[numpy-support]"]
    assert conda.pip_options == ["--index-url https://example.org/simple"]
    assert conda.conda_channels == ["conda-forge"]
    conda.add_conda_package("scikit_learn==1.5")
    conda.add_conda_package("numpy")
    conda.add_pip_package("inference-schema")
    conda.remove_pip_package("azureml-defaults")
    conda.set_python_version("3.11")
    conda.add_channel("defaults")
    assert conda.save_to_file("sub", "env.yml") == "env.yml"
    assert yaml.safe_load(Path("sub/env.yml").read_text()) == {
        "name": "project_environment",
        "channels": ["conda-forge", "defaults"],
        "dependencies": [
            "python=3.11",
            "scikit_learn==1.5",
            "numpy",
            {"pip": ["--index-url https://example.org/simple", "inference-schema"]},
        ],
    }
    assert CondaDependencies("sub/env.yml") == conda


def test_created_from_lists() -> None:
    conda = CondaDependencies.create(
        conda_packages=["numpy", "scikit-learn"], pip_packages=["joblib"], python_version="3.11", pin_sdk_version=False
    )
    text = conda.serialize_to_string()
    assert yaml.safe_load(text)["dependencies"] == ["python=3.11", "numpy", "scikit-learn", {"pip": ["joblib"]}]
    conda.remove_conda_package("numpy")
    conda.set_pip_requirements(["a", "b"])
    conda.set_pip_index_url("https://example.org")
    assert conda.conda_packages == ["scikit-learn"]
    assert conda.pip_packages == ["a", "b"]
    assert repr(conda).startswith("CondaDependencies(python='3.11', conda_packages=['scikit-learn']")


@pytest.mark.parametrize("text", ["a: [", "[]", "dependencies: 3"])
def test_what_is_no_conda_file(text: str) -> None:
    Path("bad.yml").write_text(text)
    with pytest.raises(UsageError, match=r"bad\.yml"):
        CondaDependencies("bad.yml")
    with pytest.raises(UsageError, match="no such conda file"):
        CondaDependencies("gone.yml")
