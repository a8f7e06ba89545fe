"""Entry scripts from the disk, and those made for a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.capture.scripts import script_for_model, script_from_file
from jupyter_mlops.capture.signature import signature_of
from jupyter_mlops.errors import CaptureError, UsageError

GOOD = "import numpy\n\ndef init():\n    pass\n\ndef run(data):\n    return 1\n"


def test_a_script_alone(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(GOOD)
    (tmp_path / "secrets.txt").write_text("x")
    captured = script_from_file(str(tmp_path / "score.py"), None, tmp_path / "out")
    assert (captured.entry_script, captured.imports) == ("score.py", ("numpy",))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["score.py"]


def test_a_source_directory_goes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "project"
    for path, text in {
        "x/y/score.py": "import sys, joblib\nimport steps, x.lib\nfrom x.y import names\n" + GOOD,
        "x/y/names.py": "import scipy",
        "x/lib.py": "import pandas",
        "steps/__init__.py": "from steps import deeper",
        "steps/deeper.py": "import sklearn.linear_model",
        "unused.py": "import matplotlib",
        "data/big.csv": "1",
        "data/.hidden": "1",
        "__pycache__/x.pyc": "1",
        ".ipynb_checkpoints/score.py": "1",
        ".git/config": "1",
        ".amlignore": "*.csv\n",
    }.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    captured = script_from_file("x/y/score.py", "project", tmp_path / "out")
    assert captured.entry_script == "x/y/score.py"
    assert captured.source_directory == "project"
    assert captured.imports == ("joblib", "numpy", "pandas", "scipy", "sklearn")
    copied = {str(path.relative_to(captured.folder)) for path in Path(captured.folder).rglob("*") if path.is_file()}
    assert copied == {
        ".amlignore", "data/.hidden", "steps/__init__.py", "steps/deeper.py", "unused.py",
        "x/lib.py", "x/y/names.py", "x/y/score.py",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "where", "what"),
    [
        ("def run(data): pass", "score.py", "the script has no init()"),
        ("def init(): pass", "score.py", "the script has no run()"),
        ("def init(): pass\ndef run(): pass", "score.py:2", "run() takes no request"),
        ("def init(): pass\ndef run(request_headers): pass", "score.py:2", "run() takes no request"),
        ("def init(): pass\ndef run(*data): pass", "score.py:2", "run() needs named parameters, no *, ** or /"),
        ("def init(model): pass\ndef run(data): pass", "score.py:1", "init() is called with no arguments"),
        ("def init(): pass\ndef run(data) pass", "score.py:2", "not Python: expected ':'"),
        (GOOD + "import sklearn.grid_search\n", "score.py:8", "sklearn.grid_search is gone since scikit-learn 0.20"),
    ],
)
def test_what_is_wrong_is_said_at_its_line(source: str, where: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(source)
    with pytest.raises(CaptureError) as caught:
        script_from_file("score.py", str(tmp_path), tmp_path / "out")
    assert (caught.value.where, caught.value.what) == (where, what)


@pytest.mark.parametrize(
    "source",
    [
        "init = lambda: None\ndef run(data, extra=None): pass",
        "from library import init, run",
        "try:\n    from fast import run\nexcept ImportError:\n    def run(data): pass\ndef init(): pass",
        "import other as driver_module\ndef init(): pass",
        "class Service:\n    pass\nservice = Service()\ninit, run = service.a, service.b",
        "from library import *",
    ],
)
def test_scripts_that_are_well(source: str, tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(source)
    script_from_file("score.py", str(tmp_path), tmp_path / "out")


def test_an_old_import_that_the_server_brings_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text("from sklearn.externals import joblib\n" + GOOD)
    captured = script_from_file("score.py", str(tmp_path), tmp_path / "out")
    assert captured.warnings == (
        "score.py:1: sklearn.externals.joblib is gone since scikit-learn 0.23; write: import joblib",
    )
    assert captured.imports == ("numpy", "sklearn")


def test_dead_imports_are_warnings_where_a_file_names_the_versions(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text("import sklearn.grid_search\n" + GOOD)
    captured = script_from_file("score.py", str(tmp_path), tmp_path / "out", own_environment=True)
    assert len(captured.warnings) == 1


@pytest.mark.parametrize(
    ("entry", "directory", "what"),
    [
        ("absent.py", ".", "no such file"),
        ("score.py", "absent", "no such folder"),
        ("../score.py", "inner", "the entry script lies outside of"),
        ("score.ignored.py", ".", "is left out by the .amlignore"),
    ],
)
def test_paths_that_are_wrong(
    entry: str, directory: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "score.py").write_text(GOOD)
    (tmp_path / "score.ignored.py").write_text(GOOD)
    (tmp_path / ".amlignore").write_text("*.ignored.py")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=what):
        script_from_file(entry, directory, tmp_path / "out")


@pytest.mark.parametrize(("link", "to"), [("key.txt", "../id_ed25519"), ("keys", "../.ssh")])
def test_a_link_that_leads_out_of_the_source_directory_is_refused_or_left_out(
    link: str, to: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (".ssh", "project/deep"):
        (tmp_path / folder).mkdir(parents=True)
    for path in ("id_ed25519", ".ssh/id_ed25519"):
        (tmp_path / path).write_text("canary")
    (tmp_path / "project/score.py").write_text(GOOD)
    (tmp_path / "project" / link).symlink_to(to)
    with pytest.raises(UsageError, match=rf"project/{link}: a link that leads out of the folder, to .*; cp -rL FOLDER"):
        script_from_file("score.py", "project", tmp_path / "out")
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    (tmp_path / "project/.amlignore").write_text(f"{link}\n")
    script_from_file("score.py", "project", tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").rglob("*")} == {"score.py", ".amlignore"}


def test_links_inside_of_the_source_directory_are_followed_once(tmp_path: Path) -> None:
    (tmp_path / "project/data").mkdir(parents=True)
    (tmp_path / "project/score.py").write_text(GOOD)
    (tmp_path / "project/data/words.txt").write_text("one")
    (tmp_path / "project/file.txt").symlink_to("data/words.txt")
    (tmp_path / "project/folder").symlink_to("data")
    (tmp_path / "project/gone").symlink_to("nowhere")
    script_from_file("score.py", str(tmp_path / "project"), tmp_path / "out")
    copied = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert copied == {"score.py", "data/words.txt", "file.txt", "folder/words.txt"}
    (tmp_path / "project/data/up").symlink_to("..")
    with pytest.raises(UsageError, match="data/up: a link that leads in a circle"):
        script_from_file("score.py", str(tmp_path / "project"), tmp_path / "again")


def test_a_script_for_a_model_reads_like_one_of_a_person(tmp_path: Path) -> None:
    signature = signature_of([[1.0, 2.0]])
    captured = script_for_model("pickle", "diabetes", signature, tmp_path)
    assert captured.models == ("diabetes",)
    assert captured.sample_input == '{"data": [[1.0, 2.0]]}'
    assert (
        (tmp_path / "score.py").read_text()
        == '''\
"""Scores the model diabetes (pickle)."""

import pickle

from azureml.core.model import Model
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema

SAMPLE = [[1.0, 2.0]]


def init():
    global model
    path = Model.get_model_path("diabetes")
    with open(path, "rb") as file:
        model = pickle.load(file)


@input_schema("data", StandardPythonParameterType(SAMPLE))
def run(data):
    answer = model.predict(data) if hasattr(model, "predict") else model(data)
    return answer.tolist() if hasattr(answer, "tolist") else answer
'''
    )


def test_a_model_of_unknown_files_needs_a_script(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"was registered as files.*%%score_script NAME --model bits"):
        script_for_model("files", "bits", None, tmp_path)
