"""Which packages a service gets: the kernel's, those of a file, and what is refused."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from jupyter_mlops.errors import RequirementError
from jupyter_mlops.registry import locks
from jupyter_mlops.sdk.conda_dependencies import CondaDependencies
from jupyter_mlops.sdk.environment import Environment
from jupyter_mlops.sdk.inference import InferenceConfig
from jupyter_mlops.sdk.model import Model
from jupyter_mlops.sdk.packages import covers, locked
from jupyter_mlops.sdk.workspace import Workspace

SEED = """\
dependencies:
  - python=3.6.2
  - pip:
    - azureml-defaults
    - scikit-learn
    - joblib
"""


def test_the_kernels_for_a_model_and_a_script(ws: Workspace, model: Model) -> None:
    lock = locked(ws.store, ["yaml"], [model._record])
    names = {package.name for package in lock.packages}
    assert {"scikit-learn", "numpy", "pyyaml"} <= names
    assert not {"jupyter-mlops", "pandas", "azureml-defaults"} & names
    assert covers(lock, [model._record])
    assert not covers(locked(ws.store, ["yaml"], []), [model._record])
    assert locks.get(ws.store, locks.save(ws.store, lock)) == lock


def test_a_python_that_is_not_here_is_named_with_the_way_out(ws: Workspace, model: Model) -> None:
    Path("myenv.yml").write_text(SEED)
    with pytest.raises(RequirementError, match=r"3\.6\.2"):
        locked(ws.store, [], [model._record], InferenceConfig(conda_file="myenv.yml"))
    with pytest.warns(UserWarning, match=r"environment \(myenv\.yml\): .*3\.6\.2"):
        relaxed = locked(ws.store, [], [model._record], InferenceConfig(conda_file="myenv.yml", relax_env=True))
    assert relaxed.python == platform.python_version()
    assert "scikit-learn" in {package.name for package in relaxed.packages}


def test_an_environment_says_the_packages(ws: Workspace) -> None:
    env = Environment("e")
    env.python.conda_dependencies = CondaDependencies.create(pip_packages=["pyyaml"])
    assert [each.name for each in locked(ws.store, [], [], InferenceConfig(environment=env)).packages] == ["pyyaml"]
    env.python.user_managed_dependencies = True
    assert locked(ws.store, ["joblib"], [], InferenceConfig(environment=env)).source == "kernel"
    Path("requirements.txt").write_text("pyyaml\n")
    lines = Environment.from_pip_requirements("lines", "requirements.txt")
    assert [each.name for each in locked(ws.store, [], [], InferenceConfig(environment=lines)).packages] == ["pyyaml"]


def test_what_the_model_needs_and_the_file_lacks(ws: Workspace, model: Model) -> None:
    env = Environment("e", conda_dependencies=CondaDependencies.create(pip_packages=["joblib"]))
    with pytest.raises(RequirementError, match=r"linear:1 needs .*scikit-learn"):
        locked(ws.store, [], [model._record], InferenceConfig(environment=env))
