"""What an `InferenceConfig` takes, and what it refuses before anything happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.errors import UnsupportedError, UsageError
from jupyter_mlops.sdk.container_base import ContainerBase
from jupyter_mlops.sdk.environment import Environment
from jupyter_mlops.sdk.inference import InferenceConfig


def test_a_conda_file_counts_from_the_source_directory_then_from_here() -> None:
    Path("src/env").mkdir(parents=True)
    Path("src/env/myenv.yml").touch()
    Path("here.yml").touch()
    assert InferenceConfig(source_directory="src", conda_file="env/myenv.yml").conda_path == Path("src/env/myenv.yml")
    assert InferenceConfig(source_directory="src", conda_file="here.yml").conda_path == Path("here.yml")
    with pytest.raises(UsageError, match=r"src/gone\.yml or gone\.yml"):
        _ = InferenceConfig(source_directory="src", conda_file="gone.yml").conda_path


def test_another_runtime_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="runtime"):
        InferenceConfig("score.py", runtime="spark-py")


def test_defaults_of_v1_are_taken() -> None:
    config = InferenceConfig(entry_script="score.py", runtime="python", enable_gpu=False, base_image=None)
    assert repr(config) == "InferenceConfig(entry_script='score.py')"
    assert config.container_base() == ContainerBase()


def test_two_answers_to_one_question() -> None:
    with pytest.raises(UsageError):
        InferenceConfig("score.py", conda_file="a", environment=Environment("e"))
    with pytest.raises(UsageError):
        InferenceConfig("score.py", script="score")
