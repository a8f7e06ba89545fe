"""What no index serves (an editable install, a private wheel, a module beside the script) works in a container image,
and so does a script of Azure ML's first version with its imports as they were.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from jupyter_mlops import Image, Workspace
from jupyter_mlops.capture.environment import lock_from_conda
from jupyter_mlops.images.container import LABEL
from jupyter_mlops.installers import uv_command, uv_environment
from tests.capture.environment import fake
from tests.images.engines.test_renderings import answer_of
from tests.services.docker.containers import engine_or_skip

EDITABLE = """
def build_editable(directory, config_settings=None, metadata_directory=None):
    import os
    name = build_wheel(directory)
    with zipfile.ZipFile(f"{directory}/{name}", "w") as archive:
        archive.writestr("_own.pth", os.getcwd() + "\\n")
        archive.writestr("own-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: own\\nVersion: 1.0\\n")
        archive.writestr("own-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr("own-1.0.dist-info/RECORD", "")
    return name
"""

SCRIPT = """
import json
import own, secret
from beside import twice
from azureml.core.model import Model
from azureml.contrib.services.aml_request import AMLRequest
from azureml.monitoring import ModelDataCollector
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema

def init():
    global factor
    with open(Model.get_model_path("factor")) as file:
        factor = int(file.read())

@input_schema("data", StandardPythonParameterType([1]))
def run(data):
    return [twice(factor * value) + own.VALUE + secret.VALUE for value in data]
"""

BUILD = """
import json, own
from jupyter_mlops import Image, InferenceConfig, Model, Workspace
ws = Workspace()
model = Model.register(ws, "factor.txt", "factor")
config = InferenceConfig(entry_script="score.py", source_directory="source")
image = Image.build(ws, "private", [model], config)
image.wait_for_creation(show_output=True)
print(image.location)
"""


def uv(*arguments: str) -> None:
    done = subprocess.run(
        [*uv_command(), *arguments], env=uv_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def private_wheel(folder: Path) -> Path:
    path = folder / "secret-2.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("secret.py", "VALUE = 100\n")
        archive.writestr("secret-2.0.dist-info/METADATA", fake.metadata("secret", "2.0", []))
        archive.writestr("secret-2.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("secret-2.0.dist-info/RECORD", "")
    return path


@pytest.fixture
def kernel(tmp_path: Path) -> str:
    """The Python of an environment with an editable install and a private wheel, and with ours below it."""
    source = tmp_path / "own"
    fake.editable(tmp_path / "unused", source)
    (source / "backend.py").write_text(fake.BACKEND + EDITABLE)
    uv("venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv"))
    python = str(tmp_path / "venv/bin/python")
    uv("pip", "install", "--python", python, "--editable", str(source), str(private_wheel(tmp_path)))
    site = next((tmp_path / "venv/lib").glob("python3.*")) / "site-packages"
    (site / "_below.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    return python


@pytest.mark.docker
def test_what_no_index_serves_is_in_the_image_as_wheels(tmp_path: Path, kernel: str) -> None:
    engine = engine_or_skip()
    (tmp_path / "factor.txt").write_text("2")
    (tmp_path / "source").mkdir()
    (tmp_path / "source/score.py").write_text(SCRIPT)
    (tmp_path / "source/beside.py").write_text("def twice(value):\n    return 2 * value\n")
    done = subprocess.run(
        [kernel, "-c", BUILD], cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    tag = done.stdout.split()[-1]
    assert answer_of(engine, tag) == [113]
    document = json.loads(engine.labels(tag)[f"{LABEL}.manifest"])
    assert [line for line in document["environment"]["packages"] if line.startswith(("own", "secret"))] == [
        "own==1.0", "secret==2.0",
    ]  # fmt: skip
    Image(Workspace(), "private").delete()


def test_azures_own_packages_are_replaced_by_ours() -> None:
    lock = lock_from_conda(
        {"dependencies": ["packaging", {"pip": ["azureml-defaults==1.60.0", "azureml-core"]}]},
        imports=["azureml", "packaging"],
    )
    assert [package.name for package in lock.packages] == ["packaging"]
