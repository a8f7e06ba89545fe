"""Runs the seed workflow as a script of its own, with the import lines that a test gives it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.fixtures.ports import free_port

SCORE = """\
import json
import os

import joblib
from azureml.core.model import Model
from features import as_array


def init():
    global model
    model_path = Model.get_model_path("sklearn-regression")
    model = joblib.load(model_path)
    print("model loaded from", os.path.basename(model_path))


def run(raw_data):
    data = as_array(json.loads(raw_data)["data"])
    return model.predict(data).tolist()
"""
FEATURES = """\
import numpy


def as_array(rows):
    return numpy.array(rows)
"""
CONDA = f"""\
name: project_environment
dependencies:
  - python={sys.version_info.major}.{sys.version_info.minor}
  - scikit-learn
  - pip:
    - azureml-defaults
    - joblib
    - numpy
"""


def run_seed_workflow(folder: Path, imports: str) -> str:
    """What the workflow printed. Raises `AssertionError` with all that it said when it failed."""
    for name, text in (("x/y/score.py", SCORE), ("x/y/features.py", FEATURES), ("env/myenv.yml", CONDA)):
        path = folder / "abc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    script = folder / "workflow.py"
    script.write_text(imports + Path(__file__).with_name("seed_workflow.txt").read_text())
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), str(free_port())],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
