"""A live object becomes files; what no file can hold is refused with the path to it."""

from __future__ import annotations

import functools
import json
import pickle
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from jupyter_mlops.capture.culprits import path_to
from jupyter_mlops.capture.objects import capture_model
from jupyter_mlops.errors import CaptureError, StorageError, UsageError


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Any]:
    with (tmp_path / "notes.txt").open("w") as file:
        yield file


def refused(obj: Any, folder: Path) -> CaptureError:
    with pytest.raises(CaptureError) as caught:
        capture_model(obj, folder, name="model")
    return caught.value


def notebook_function(source: str, **names: Any) -> Callable[..., Any]:
    """A function as a cell defines it: its module is `__main__`."""
    namespace = {"__name__": "__main__", **names}
    exec(source, namespace)
    function: Callable[..., Any] = namespace["function"]
    return function


def pipeline_with(function: Callable[..., Any]) -> Pipeline:
    return make_pipeline(LinearRegression(), FunctionTransformer(function))


def test_a_model_and_what_is_recorded_of_it(tmp_path: Path) -> None:
    import sklearn

    model = LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0])
    captured = capture_model(model, tmp_path / "model", name="line", sample=np.array([[1.0], [2.0], [3.0]]))
    assert [path.name for path in Path(captured.folder).iterdir()] == ["model.joblib"]
    assert (captured.flavor, captured.framework, captured.framework_version) == (
        "sklearn",
        "ScikitLearn",
        sklearn.__version__,
    )
    assert captured.requirements == ("scikit-learn", "joblib", "numpy")
    assert captured.signature is not None
    assert captured.signature.shape == (None, 1)


def test_requirements_are_of_all_that_the_object_is_made_of(tmp_path: Path) -> None:
    import pandas as pd

    captured = capture_model({"table": pd.DataFrame({"a": [1]}), "list": [1]}, tmp_path, name="tables")
    assert captured.requirements == ("numpy", "pandas")
    by_value = capture_model(notebook_function("def function(x):\n    import scipy.stats\n"), tmp_path / "f", name="f")
    assert by_value.requirements == ("cloudpickle", "scipy")


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda file: {"log": [0, file]}, "dict['log'][1]"),
        (lambda file: functools.partial(print, file=file), "partial.keywords['file']"),
        (lambda file: pipeline_with(lambda x, out=file: x), "pipeline.steps[1][1].func.__defaults__[0]"),
        (lambda file: pipeline_with(lambda x: file.write(x)), "pipeline.steps[1][1].func.<closure file>"),
        (
            lambda file: pipeline_with(notebook_function("def function(x):\n    print(x, file=out)", out=file)),
            "pipeline.steps[1][1].func.<global out>",
        ),
        (
            lambda file: pipeline_with(notebook_function("def function(x):\n    pass", out=file)),
            None,
        ),
    ],
)
def test_the_path_to_an_open_file(make: Callable[[Any], Any], where: str | None, opened: Any, tmp_path: Path) -> None:
    obj = make(opened)
    if where is None:  # a name that the function does not use does not go along
        capture_model(obj, tmp_path / "model", name="model")
        return
    error = refused(obj, tmp_path / "model")
    assert error.where == where
    assert error.what == f"an open file ({opened.name}) cannot be captured"
    assert error.hint == "keep its path, and open it in init()"


class Holder:
    """An object of a user's class that holds something."""

    def __init__(self, held: Any) -> None:
        self.held = held


class Slotted:
    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (threading.Lock, "a lock"),
        (threading.RLock, "a lock"),
        (threading.Thread, "a running thread"),
        (threading.local, "thread-local data"),
        (socket.socket, "an open socket"),
        (lambda: (number for number in [1]), "a generator"),
        (lambda: sqlite3.connect(":memory:"), "a database connection"),
        (lambda: memoryview(b"x").cast("B"), None),
        (lambda: sys._getframe(), "a stack frame"),
    ],
)
def test_what_cannot_be_captured(make: Callable[[], Any], what: str | None, tmp_path: Path) -> None:
    held = make()
    try:
        if what is None:
            capture_model(Holder(held), tmp_path / "model", name="model")
            return
        for kind in (Holder, Slotted):
            error = refused(kind(held), tmp_path / kind.__name__)
            assert (error.where, error.what) == (f"{kind.__name__.lower()}.held", f"{what} cannot be captured")
            assert error.hint
    finally:
        if hasattr(held, "close"):
            held.close()


class Stubborn:
    def __reduce__(self) -> Any:
        raise RuntimeError("not me")


def test_an_object_that_refuses_by_itself(tmp_path: Path) -> None:
    error = refused([Holder({"deep": Stubborn()})], tmp_path)
    assert error.where == "list[0].held['deep']"
    assert "(not me)" in error.what
    assert error.hint == "leave it out in __getstate__ and make it again in init()"


def test_an_object_that_contains_itself(tmp_path: Path) -> None:
    loop: list[Any] = []
    loop.append(loop)
    capture_model(loop, tmp_path / "loop", name="loop")
    assert path_to(loop, object(), "loop") == "loop"


@pytest.mark.parametrize(
    ("obj", "what"),
    [
        (json, "json is a module, not a model"),
        ("model.pkl", "'model.pkl' is a path, not a live object"),
        (None, "None"),
    ],
)
def test_what_is_no_model(obj: Any, what: str, tmp_path: Path) -> None:
    assert what in refused(obj, tmp_path).what


def test_the_flavor_can_be_chosen(tmp_path: Path) -> None:
    model = LinearRegression().fit([[1.0]], [1.0])
    assert capture_model(model, tmp_path / "a", name="m", framework="pickle").flavor == "pickle"
    assert capture_model(model, tmp_path / "b", name="m", framework="scikitlearn").flavor == "sklearn"
    with pytest.raises(CaptureError, match="is not a model of Onnx"):
        capture_model(model, tmp_path / "c", name="m", framework="onnx")
    with pytest.raises(UsageError, match="no framework named 'caffe'"):
        capture_model(model, tmp_path / "d", name="m", framework="caffe")


def test_no_framework_is_imported_for_an_object_that_is_not_its_own(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from jupyter_mlops.capture.objects import capture_model\n"
        "capture_model({'a': 1}, pathlib.Path(sys.argv[1]), name='plain')\n"
        "print([name for name in ('sklearn', 'xgboost', 'lightgbm', 'torch', 'keras', 'onnx', 'pandas', 'numpy')"
        " if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "m")], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_module_of_the_working_folder_goes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "own_steps.py").write_text("FACTOR = 3\n\ndef scaled(x):\n    return x * FACTOR\n")
    monkeypatch.chdir(project)
    monkeypatch.syspath_prepend(project)
    import own_steps  # type: ignore[import-not-found]

    captured = capture_model(own_steps.scaled, tmp_path / "model", name="scaled")
    assert captured.requirements == ("cloudpickle",)
    code = f"import pickle; print(pickle.load(open({str(tmp_path / 'model' / 'model.pkl')!r}, 'rb'))(5))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, cwd="/", check=True)
    assert done.stdout == "15\n"
    assert pickle.loads(pickle.dumps(own_steps.scaled)) is own_steps.scaled  # nothing stays registered


def test_a_module_of_another_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "far_steps.py").write_text("def scaled(x):\n    return x\n")
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    import far_steps  # type: ignore[import-not-found]

    error = refused(far_steps.scaled, tmp_path / "model")
    assert error.what.startswith(f"it uses the module 'far_steps' ({tmp_path / 'elsewhere' / 'far_steps.py'})")


def test_a_python_in_the_working_folder_is_not_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import statistics

    monkeypatch.chdir("/")
    captured = capture_model(statistics.mean, tmp_path / "model", name="mean")
    assert captured.requirements == ()
    assert len((tmp_path / "model" / "model.pkl").read_bytes()) < 200


def test_the_output_of_the_process_is_that_of_the_service(tmp_path: Path) -> None:
    capture_model(Holder(sys.__stdout__), tmp_path / "model", name="talks")
    [held] = [pickle.loads((tmp_path / "model" / "model.pkl").read_bytes()).held]
    assert held is sys.stdout


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="Not a directory"):
        capture_model([1], tmp_path / "file" / "model", name="m")


def test_an_xgboost_wrapper_that_was_not_fitted(tmp_path: Path) -> None:
    xgb = pytest.importorskip("xgboost", reason="xgboost is not installed")
    assert refused(xgb.XGBClassifier(), tmp_path).what == "the XGBClassifier is not fitted"
