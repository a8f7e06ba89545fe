"""A script sees its lock, and nothing else that happens to be installed."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import Worker, WorkerFailed

Serve = Callable[..., Worker]


def _lock(folder: Path, *packages: tuple[str, str], **more: Any) -> str:
    """A lock of installed distributions; a version may be said otherwise."""
    path = folder / "lock.json"
    entries = [{"name": name, "version": importlib.metadata.version(name), "modules": [top]} for name, top in packages]
    path.write_text(json.dumps({"python": platform.python_version(), "packages": entries, **more}))
    return str(path)


def test_an_import_outside_the_lock_names_the_requirement_to_add(serve: Serve, tmp_path: Path) -> None:
    version = importlib.metadata.version("lightgbm")
    with pytest.raises(WorkerFailed) as failed:
        serve("import lightgbm", lock=_lock(tmp_path))
    assert failed.value.report["where"] == "import"
    assert failed.value.report["message"] == (
        "NotInEnvironment: package 'lightgbm' is installed but not in the environment of this script;"
        f" import it in the script, or add lightgbm=={version} to the conda file"
    )


def test_what_is_nowhere_fails_as_python_says_it(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(WorkerFailed) as failed:
        serve("import not_there_at_all", lock=_lock(tmp_path))
    assert failed.value.report["message"] == "ModuleNotFoundError: No module named 'not_there_at_all'"


def test_the_lock_the_standard_library_and_the_scripts_own_files_are_there(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("value = 1")
    (tmp_path / "pydantic.py").write_text("value = 'mine'")
    worker = serve(
        """
        import importlib.metadata
        import importlib.util
        import sqlite3
        import numpy
        import beside
        import pydantic
        try:
            import pandas
        except ImportError:
            pandas = None
        def init(): pass
        def run(raw):
            names = sorted(each.name for each in importlib.metadata.distributions())
            try:
                importlib.metadata.version("pandas")
            except importlib.metadata.PackageNotFoundError:
                names.append("no pandas")
            import orjson
        """,
        lock=_lock(tmp_path, ("numpy", "numpy")),
    )
    worker.score("")
    assert "package 'orjson' is installed but not in the environment" in worker.log
    worker = serve(
        """
        import importlib.metadata, importlib.util, numpy, beside, pydantic
        def init(): pass
        def run(raw):
            return [
                sorted(each.metadata["Name"] for each in importlib.metadata.distributions()),
                importlib.util.find_spec("pandas") is None,
                importlib.util.find_spec("numpy") is not None,
                importlib.metadata.version("numpy") == numpy.__version__,
                pydantic.value,
            ]
        """,
        lock=str(tmp_path / "lock.json"),
    )
    assert worker.value("") == [["numpy"], True, True, True, "mine"]


def test_modules_that_the_lock_forgot_are_found_by_the_records(serve: Serve, tmp_path: Path) -> None:
    worker = serve(
        """
        import dateutil.parser
        def init(): pass
        def run(raw): return dateutil.parser.parse(raw).year
        """,
        lock=_lock(tmp_path, ("python-dateutil", "not_the_right_name"), ("six", "six")),
    )
    assert worker.value("2020-01-02") == 2020


def test_pandas_and_scikit_learn_load_with_their_closure_alone(serve: Serve, tmp_path: Path) -> None:
    names = [
        "pandas",
        "numpy",
        "python-dateutil",
        "six",
        "scikit-learn",
        "scipy",
        "joblib",
        "cloudpickle",
        "threadpoolctl",
        "narwhals",
    ]
    worker = serve(
        """
        import pandas
        from sklearn.linear_model import LinearRegression
        from sklearn.externals import joblib
        def init():
            global model
            model = LinearRegression().fit(pandas.DataFrame({"a": [0.0, 1.0]}), [0.0, 2.0])
        def run(raw): return [model.predict(pandas.DataFrame({"a": [3.0]})).round(6), joblib.__name__]
        """,
        lock=_lock(tmp_path, *((name, name) for name in names)),
    )
    assert worker.value("") == [[6.0], "joblib"]


def test_old_names_are_ours_where_the_real_ones_are_not_in_the_lock(serve: Serve, tmp_path: Path) -> None:
    worker = serve(
        """
        import numpy as np
        from inference_schema.schema_decorators import input_schema
        from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
        def init(): pass
        @input_schema("data", NumpyParameterType(np.array([[1.0]])))
        def run(data): return NumpyParameterType.__module__
        """,
        lock=_lock(tmp_path, ("numpy", "numpy")),
    )
    assert worker.value({"data": [[1]]}).startswith("jupyter_mlops.scoring.worker.served.")
    assert worker.ready["swagger"]["2"]["definitions"]["ServiceInput"]["example"] == {"data": [[1.0]]}


def test_a_lock_that_is_not_satisfied_ends_with_code_4(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    packages = [
        {"name": "numpy", "version": "0.1", "modules": ["numpy"]},
        {"name": "no-such-thing", "version": "1.0", "modules": []},
    ]
    path.write_text(json.dumps({"python": "2.7.18", "packages": packages}))
    with pytest.raises(WorkerFailed) as failed:
        serve("print('not run')", lock=str(path))
    report = failed.value.report
    assert (failed.value.code, report["where"]) == (4, "lock")
    for words in ("Python 2.7.18 wanted", "numpy 0.1 wanted", "no-such-thing 1.0 is not installed"):
        assert words in report["message"]
    path.write_text("{")
    with pytest.raises(WorkerFailed) as failed:
        serve("print('not run')", lock=str(path))
    assert failed.value.code == 4


def test_without_isolation_everything_installed_is_there(serve: Serve, tmp_path: Path) -> None:
    worker = serve(
        """
        import lightgbm
        def init(): pass
        def run(raw): return lightgbm.__version__
        """,
        lock=_lock(tmp_path),
        isolated=False,
    )
    assert worker.value("") == importlib.metadata.version("lightgbm")


@pytest.mark.parametrize("version", ["3.10", "3.12", "3.13"])
def test_the_worker_needs_nothing_but_a_python(serve: Serve, version: str) -> None:
    """An interpreter with no package at all, of another version than ours."""
    python = _python(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")
    worker = serve(
        """
        import sys
        from azureml.core.model import Model
        from jupyter_mlops import batch
        from inference_schema.schema_decorators import input_schema
        from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
        def init(): pass
        @input_schema("n", StandardPythonParameterType(1))
        def run(n): return [n, "%d.%d" % sys.version_info[:2]]
        """,
        python=python,
    )
    assert worker.value({"n": 5}) == [5, version]
    assert worker.score('{"n": "x"}').status == 400


def _python(version: str) -> str | None:
    """One that runs: on the path, or among pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [shutil.which(f"python{version}"), *map(str, pyenv.glob(f"versions/{version}*/bin/python{version}"))]
    runs = (each for each in found if each and subprocess.run([each, "-c", ""], capture_output=True).returncode == 0)
    return next(runs, None)
