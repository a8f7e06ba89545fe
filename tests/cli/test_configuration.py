"""The two JSON files of Azure ML's v1 CLI: known keys are read, everything else is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.cli.configuration import read_deployment, read_inference
from jupyter_mlops.errors import UnsupportedError, UsageError


def written(folder: Path, document: Any) -> Path:
    path = folder / "config.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def test_an_inference_config_of_the_documentation(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"entryScript": "x/y/score.py", "runtime": "python", "condaFile": "env/myenv.yml", "sourceDirectory": "src"},
    )
    assert read_inference(path) == {
        "entry_script": "x/y/score.py",
        "runtime": "python",
        "conda_file": "env/myenv.yml",
        "source_directory": str(tmp_path / "src"),
    }


def test_without_a_source_directory_paths_count_from_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, {"entryScript": "score.py", "condaFile": "conda.yml"})
    assert read_inference(path) == {
        "entry_script": str(tmp_path / "score.py"),
        "conda_file": str(tmp_path / "conda.yml"),
    }


def test_a_deployment_config_of_the_documentation(tmp_path: Path) -> None:
    said = read_deployment(
        written(
            tmp_path,
            {
                "computeType": "aks",
                "authEnabled": True,
                "numReplicas": 2,
                "scoringTimeoutMs": 5000,
                "dataCollection": {"storageEnabled": True},
                "containerResourceRequirements": {"cpu": 1, "memoryInGB": 0.5},
            },
        )
    )
    assert said.kind == "kubernetes"
    assert said.options == {
        "auth_enabled": True,
        "replicas": 2,
        "scoring_timeout_ms": 5000,
        "collect_model_data": True,
        "cpu_cores": 1.0,
        "memory_gb": 0.5,
    }


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"computeType": "aci"}, "computeType 'aci' is not served"),
        ({"authEnabeld": True}, "did you mean 'authEnabled'"),
        ({"port": "8890"}, "'port' must be a whole number, got '8890'"),
        ({"port": True}, "'port' must be a whole number"),
        ({"containerResourceRequirements": {"disk": 1}}, "containerResourceRequirements.disk"),
        ([1], "must hold a JSON object"),
        ("{", "is not JSON"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, document: Any, said: str) -> None:
    path = written(tmp_path, document)
    with pytest.raises(UsageError) as error:
        read_deployment(path)
    assert said in str(error.value)
    assert str(path) in str(error.value)


def test_what_no_target_does_yet_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"'autoScaler\.minReplicas' is not served"):
        read_deployment(written(tmp_path, {"computeType": "aks", "autoScaler": {"minReplicas": 1}}))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.json: no such file"):
        read_inference(tmp_path / "nowhere.json")
