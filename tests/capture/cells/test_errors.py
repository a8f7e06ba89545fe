"""What cannot become a script is refused before anything is written: what, at which line, and what to type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from jupyter_mlops.errors import CaptureError

if TYPE_CHECKING:
    from tests.capture.cells.conftest import Notebook


def refusal(notebook: Notebook, cell: str, **options: object) -> CaptureError:
    with pytest.raises(CaptureError) as caught:
        notebook.capture(cell, **options)
    assert not any(path.name.startswith("captured") for path in notebook.folder.iterdir())
    return caught.value


def test_a_name_that_resolves_nowhere(notebook: Notebook) -> None:
    notebook.cells("threshold = 3")
    error = refusal(notebook, "def run(x):\n    y = x\n    return treshold + y\n")
    assert error.message == "Cell [99], line 3: `treshold` is defined nowhere. Did you mean `threshold`?"


def test_the_line_of_the_cell_counts_its_magic(notebook: Notebook) -> None:
    error = refusal(notebook, "%%score_script diabetes --input X\ndef run(x):\n    return nothing_like_it\n")
    assert error.where == "Cell [99], line 3"


def test_a_name_that_resolves_nowhere_in_another_cell(notebook: Notebook) -> None:
    notebook.cells("a = 1", "\ndef helper(x):\n    return x + missing_thing")
    error = refusal(notebook, "def run(x):\n    return helper(x)\n")
    assert error.where is not None
    assert error.where.startswith("Cell [2], line ")


@pytest.mark.parametrize(
    ("name", "cure"),
    [("np", "import numpy as np"), ("json", "import json"), ("Model", "from jupyter_mlops import Model")],
)
def test_a_familiar_name_comes_with_its_import(notebook: Notebook, name: str, cure: str) -> None:
    assert cure in refusal(notebook, f"def run(x):\n    return {name}.something(x)\n").message


@pytest.mark.parametrize(
    "line", ["%matplotlib inline", "!pip install x", "files = !ls", "    %time x", "np.array?", "%%time"]
)
def test_magics_and_commands(notebook: Notebook, line: str) -> None:
    indent = "def run(x):\n    return x\n"
    text = f"{indent}{line}\n" if not line.startswith(" ") else f"def run(x):\n{line}\n    return x\n"
    error = refusal(notebook, text)
    assert "notebook syntax" in error.message
    assert error.where == f"Cell [99], line {3 if not line.startswith(' ') else 2}"


def test_a_percent_sign_is_no_magic(notebook: Notebook) -> None:
    assert notebook.answers("def run(x):\n    return (x\n    % 3) != 4\n", [5]) == [True]


@pytest.mark.parametrize(
    ("cell", "line", "message"),
    [
        ("x = 1\n", None, "no run"),
        ("def run():\n    return 1\n", 1, "takes no parameter"),
        ("x = 1\ndef run(*args, **kwargs):\n    return 1\n", 2, r"takes `\*args`"),
        ("def run(data, /):\n    return 1\n", 1, "by position only"),
        ("def run(request_headers):\n    return 1\n", 1, "takes no parameter"),
        ("def init(path):\n    pass\ndef run(x):\n    return x\n", 1, "called without arguments"),
        ("async def init():\n    pass\ndef run(x):\n    return x\n", 1, "async"),
        ("def run(x):\n    return x +\n", 2, "invalid syntax"),
        ("import asyncio\nawait asyncio.sleep(0)\ndef run(x):\n    return x\n", 2, "await"),
        ("from . import x\ndef run(x):\n    return x\n", 1, "relative import"),
        ("def run(x):\n    return display(x)\n", 2, "only in a notebook"),
        ("def run(x):\n    return get_ipython()\n", 2, "only in a notebook"),
        ("print(later)\nlater = 3\ndef run(x):\n    return x\n", 1, "before the cell gives it a value"),
        ("from sklearn.externals import joblib\ndef run(x):\n    return x\n", 1, "import joblib"),
        ("import numpy as np\ndef run(x):\n    return np.float(x)\n", 3, "np.float64"),
    ],
)
def test_what_can_be_seen_in_the_cell_itself(notebook: Notebook, cell: str, line: int | None, message: str) -> None:
    error = refusal(notebook, cell)
    assert re.search(message, error.message), error.message
    assert error.where == ("Cell [99]" if line is None else f"Cell [99], line {line}")


def test_a_dead_import_of_another_cell_is_named_there(notebook: Notebook) -> None:
    notebook.cells("x = 1", "def load(path):\n    from sklearn.externals import joblib\n    return joblib.load(path)")
    error = refusal(notebook, "def run(x):\n    return load(x)\n")
    assert error.where == "Cell [2], line 2"


# ── models ──


def test_a_live_model_is_no_constant(notebook: Notebook) -> None:
    notebook.cells("from sklearn.linear_model import Ridge", "clf = Ridge().fit([[0.0], [1.0]], [0.0, 1.0])")
    error = refusal(notebook, "def run(x):\n    return clf.predict(x)\n")
    assert error.where == "Cell [99], line 2"
    assert "%register_model clf --name clf" in error.message
    assert 'global clf; clf = joblib.load(Model.get_model_path("clf"))' in error.message


@pytest.mark.parametrize(
    ("made", "used"),
    [
        ("models = {'a': clf}", "models['a']"),
        ("predict = clf.predict", "predict"),
        ("import functools\nscore = functools.partial(sorted, key=clf)", "score"),
        ("class Own:\n    def predict(self, x):\n        return x\nown = Own()", "own"),
        ("class Holder:\n    pass\nholder = Holder(); holder.inner = [clf]", "holder"),
        ("deep = [[0] * 1000, {'x': clf}]", "deep"),
    ],
)
def test_nor_is_one_inside_something(notebook: Notebook, made: str, used: str) -> None:
    notebook.cells("from sklearn.linear_model import Ridge", "clf = Ridge().fit([[0.0], [1.0]], [0.0, 1.0])", made)
    error = refusal(notebook, f"def run(x):\n    return {used}\n")
    assert "live model" in error.message
    assert "%register_model" in error.message


def test_a_class_with_a_predict_is_code(notebook: Notebook) -> None:
    notebook.cells("class Own:\n    def predict(self, x):\n        return x + 1")
    assert notebook.answers("def run(x):\n    return Own().predict(x)\n", [1]) == [2]


def test_an_object_as_big_as_a_model(notebook: Notebook) -> None:
    notebook.cells("import collections", "class Odd(dict):\n    pass\nodd = Odd(a=b'0' * 11_000_000)")
    error = refusal(notebook, "def run(x):\n    return len(odd)\n")
    assert "11 MB" in error.message
    assert "%register_model odd --name odd" in error.message


def test_a_model_that_init_loads_is_the_scripts_own(notebook: Notebook) -> None:
    notebook.cells("from sklearn.linear_model import Ridge", "model = Ridge()")
    notebook.cells("def load():\n    global extra\n    extra = 5", "extra = Ridge()")
    cell = "def init():\n    global model\n    model = 7\n    load()\ndef run(x):\n    return x + model + extra\n"
    assert notebook.answers(cell, [1]) == [13]


def test_an_init_of_another_cell_is_taken_when_run_needs_it(notebook: Notebook) -> None:
    notebook.cells("def init():\n    global model\n    model = 7", "def run(x):\n    return model + x")
    notebook.cells("from sklearn.linear_model import Ridge", "model = Ridge()")
    assert notebook.answers("def run(x):\n    return x + model\n", [1]) == [8]
    assert "def init():\n    pass" in notebook.script("def run(x):\n    return x\n")


def test_handles_are_refused(notebook: Notebook) -> None:
    notebook.cells("import threading, sqlite3", "lock = threading.Lock()\ndatabase = sqlite3.connect(':memory:')")
    try:
        assert "a lock" in refusal(notebook, "def run(x):\n    return lock\n").message
        assert "database connection" in refusal(notebook, "def run(x):\n    return database\n").message
    finally:
        notebook.namespace["database"].close()


# ── credentials ──

TOKEN = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize(
    ("made", "used"),
    [
        ("API_KEY = 'abcdef123456'", "API_KEY"),
        ("db_password = 'hunter2'", "db_password"),
        (f"thing = '{TOKEN}'", "thing"),
        ("settings = {'user': 'a', 'password': 'hunter2'}", "settings"),
        ("url = 'postgresql://me:hunter2@host/db'", "url"),
        ("class Config:\n    def __init__(self):\n        self.auth_token = 'xyz123456'\nconfig = Config()", "config"),
        (f"many = ['{TOKEN}'] + ['x'] * 5000", "many"),
    ],
)
def test_credentials_are_never_written(notebook: Notebook, made: str, used: str) -> None:
    notebook.cells(made)
    error = refusal(notebook, f"def run(x):\n    return {used}\n")
    assert "credential" in error.message
    assert "os.environ[" in error.message
    assert "hunter2" not in str(error)
    assert TOKEN not in str(error)


@pytest.mark.parametrize(
    "line", ["    PASSWORD = 'hunter2'", "    connect(password='hunter2')", f"    return '{TOKEN}'",
             "    return {'api_key': 'hunter2'}"]
)  # fmt: skip
def test_nor_those_in_the_code(notebook: Notebook, line: str) -> None:
    error = refusal(notebook, f"def connect(**options):\n    pass\ndef run(x):\n{line}\n")
    assert error.where == "Cell [99], line 4"
    assert "hunter2" not in str(error)


def test_one_from_the_environment_stays_there(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "hunter2")
    notebook.cells("import os", 'TOKEN = os.environ["SERVICE_TOKEN"]')
    script = notebook.script("def run(x):\n    return TOKEN\n")
    assert 'TOKEN = os.environ["SERVICE_TOKEN"]' in script
    assert "hunter2" not in script


@pytest.mark.parametrize(
    "made",
    ["pad_token = '<pad>'", "token_pattern = r'\\w+'", "max_tokens = 100", "key = 'age'", "password_field = 'pw'",
     "tokenizer_name = 'bert-base'", "secret_name = 'db'", "url = 'https://host/path?x=1'"],
)  # fmt: skip
def test_ordinary_words_are_no_credentials(notebook: Notebook, made: str) -> None:
    notebook.cells(made)
    notebook.capture(f"def run(x):\n    return {made.split()[0]}\n")
