"""Constants: the line as it was typed, a literal, or a file beside the script, whatever keeps the value exactly."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.capture.cells.data_files import DataFiles, same
from jupyter_mlops.capture.cells.imports import Imports
from jupyter_mlops.capture.cells.layout import flat, lay_out
from jupyter_mlops.capture.cells.values import CannotRenderError, Renderer, TooBigError
from tests.capture.cells.conftest import text_of

if TYPE_CHECKING:
    from tests.capture.cells.conftest import Notebook

CELL = "def run(x):\n    return describe(value)\n"
DESCRIBE = """\
def describe(value):
    import hashlib, pickle
    text = repr(value) + repr(type(value)) + repr(getattr(value, "dtypes", getattr(value, "dtype", None)))
    return text + hashlib.sha256(repr(getattr(value, "tolist", lambda: None)()).encode()).hexdigest()
"""


def files_of(notebook: Notebook, made: str) -> tuple[str, set[str]]:
    """The script's line for `value`, and the files beside it; the clean process sees the same value."""
    notebook.cells("import numpy as np, pandas as pd", DESCRIBE, made)
    captured = notebook.agrees(CELL, [1])
    lines = [line for line in text_of(captured).splitlines() if line.startswith("value")]
    return lines[0], {path.name for path in Path(captured.folder).iterdir()} - {"score.py"}


@pytest.mark.parametrize(
    ("made", "line"),
    [
        ("value = 60 * 60  # an hour", "value = 60 * 60  # an hour"),
        ("value = -1", "value = -1"),
        ("value: int = 1_000", "value: int = 1_000"),
        ("value = len('abc')", "value = 3"),
        ("value = 'it\\'s'.upper()", 'value = "IT\'S"'),
        ("value = float('inf')", 'value = float("inf")'),
        ("value = set([2, 1])", "value = {1, 2}"),
        ("value = np.array([1, 2])", "value = np.array([1, 2])"),
        ("value = np.array([1, np.nan], dtype='float32')", 'value = np.array([1.0, np.nan], dtype="float32")'),
        ("value = np.float32(1.5)", "value = np.float32(1.5)"),
        ("value = np.datetime64('2026-01-02')", 'value = np.datetime64("2026-01-02")'),
        ("value = np.dtype('int8')", 'value = np.dtype("int8")'),
        ("value = pd.Timestamp('2026-01-02')", 'value = pd.Timestamp("2026-01-02 00:00:00")'),
        ("value = pd.Series([1, 2], name='a')", 'value = pd.Series([1, 2], name="a")'),
        ("value = pd.Index(['a', 'b'])", 'value = pd.Index(["a", "b"])'),
        (
            "value = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})",
            'value = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})',
        ),
        ("value = slice(1, None)", "value = slice(1, None, None)"),
        ("import re\nvalue = re.compile(r'\\d')", 'value = re.compile(r"\\d")'),
        ("value = [np.int64]", "value = [np.int64]"),
        ("value = {'f': np.sqrt, 'k': int}", 'value = {"f": np.sqrt, "k": int}'),
    ],
)
def test_small_ones_are_literals(notebook: Notebook, made: str, line: str) -> None:
    found, files = files_of(notebook, made)
    assert found == line
    assert not files


@pytest.mark.parametrize(
    ("made", "file", "load"),
    [
        ("value = np.arange(1000.0)", "value.npy", "np.load(Path(__file__).parent / "),
        ("value = np.zeros((30, 30), dtype='int8')", "value.npy", "np.load"),
        ("value = list(range(5000))", "value.json", "json.loads("),
        ("value = {'k%d' % i: [i, None, True] for i in range(900)}", "value.json", "json.loads("),
        ("value = {i: (i,) for i in range(900)}", "value.pkl", "pickle.loads("),
        ("value = 'a line\\n' * 900", "value.txt", 'read_text("utf-8")'),
        ("value = 'a line\\r\\n' * 900", "value.txt", "read_bytes().decode()"),
        ("value = b'\\x00\\x01' * 900", "value.bin", "read_bytes()"),
        ("value = pd.DataFrame({'a': np.arange(100), 'b': np.arange(100) / 3})", "value.csv", "pd.read_csv("),
        (
            "value = pd.DataFrame({'t': ['NA', 'x', '', 'é'] * 50, 'n': np.arange(200, dtype='int8')})",
            "value.csv",
            "pd.read",
        ),
        (
            "value = pd.DataFrame({'a': [0.1, None] * 50}, index=['r%d' % i for i in range(100)])",
            "value.csv",
            "pd.read",
        ),
        ("value = pd.DataFrame({'c': pd.Categorical(['b', 'a'] * 50)})", "value.csv", '"category"'),
        ("value = pd.DataFrame({'d': pd.date_range('2026', periods=100), 'x': range(100)})", None, "value = "),
        ("value = pd.Series(range(300), name='s')", "value.pkl", "pickle.loads("),
        ("value = pd.DataFrame({'a': [[1], [2]] * 50})", "value.pkl", "pickle.loads("),
        ("from scipy import sparse\nvalue = sparse.csr_matrix(np.eye(20))", "value.npz", "sparse.load_npz("),
        ("value = np.array([{'a': 1}, None], dtype=object)", "value.pkl", "pickle.loads("),
        ("value = np.ma.masked_array([1, 2], [True, False])", "value.pkl", "pickle.loads("),
    ],
)
def test_big_ones_are_files_beside_the_script(notebook: Notebook, made: str, file: str | None, load: str) -> None:
    line, files = files_of(notebook, made)
    assert load in line or load in text_of_last(notebook)
    assert files == {file} or (file is None and len(files) == 1)


def text_of_last(notebook: Notebook) -> str:
    return (notebook.folder / f"captured{notebook.captures}" / "score.py").read_text()


def test_what_only_a_pickle_holds_names_its_packages(notebook: Notebook) -> None:
    notebook.cells("import pandas as frames_of", "value = frames_of.Series(range(300))")
    assert "pandas" in notebook.capture("def run(x):\n    return len(value)\n").imports


def test_names_that_mean_something_else_are_left_alone(notebook: Notebook) -> None:
    notebook.cells(
        "import numpy", "np, Path, json = 1, 2, 3", "value = numpy.arange(500.0)", "many = list(range(3000))"
    )
    captured = notebook.agrees("def run(x):\n    return [np, Path, json, len(many), float(value.sum())]\n", [1])
    assert "numpy.load(_Path(__file__)" in text_of(captured)


def test_long_literals_are_laid_out(notebook: Notebook) -> None:
    notebook.cells("table = {name: list(range(30)) for name in ('first', 'second')}", "short = dict(a=(1,))")
    script = notebook.script("def run(x):\n    return table, short\n")
    assert 'table = {\n    "first": [\n        0, 1, 2,' in script
    assert 'short = {"a": (1,)}' in script
    assert max(map(len, script.splitlines())) <= 88


# ── properties ──

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=10)
    | st.complex_numbers(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=5) | st.tuples(inner, inner)
    | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=4) | st.frozensets(st.integers(), max_size=4),  # noqa: E501
    max_leaves=15,
)  # fmt: skip


def renderer() -> Renderer:
    return Renderer(Imports(lambda name, live: False), lambda value: None, lambda value, path: None)


@given(plain)
@settings(max_examples=300, deadline=None)
def test_a_literal_gives_the_same_value_again(value: Any) -> None:
    node = renderer().expression(value, "value")
    assert same(eval(flat(node)), value)
    names: dict[str, Any] = {}
    exec("\n".join(lay_out("value = ", node)), names)
    assert same(names["value"], value)


@given(
    st.lists(st.integers(-(2**62), 2**62) | st.floats(width=32), min_size=1, max_size=12),
    st.sampled_from(["int64", "float64", "float32", "int8", "uint16", "bool", "U5"]),
)
@settings(max_examples=200, deadline=None)
def test_so_does_one_of_an_array(values: list[float], dtype: str) -> None:
    with np.errstate(all="ignore"):
        array = np.array([0 if not math.isfinite(v) and dtype[0] in "iu" else v for v in values]).astype(dtype)
    try:
        node = renderer().expression(array, "value")
    except CannotRenderError:
        pytest.fail(f"{array!r} of {array.dtype} has no literal")
    assert same(eval(flat(node), {"np": np}), array)


@given(plain)
@settings(max_examples=100, deadline=None)
def test_a_file_gives_the_same_value_again(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    folder = tmp_path_factory.mktemp("files")
    files = DataFiles(Imports(lambda name, live: False))
    node = files.expression("value", value)
    files.write(folder)
    import pickle

    names = {"np": np, "pd": pd, "json": json, "pickle": pickle, "Path": Path, "__file__": str(folder / "score.py")}
    assert same(eval(flat(node), names), value)


def test_too_much_for_a_literal() -> None:
    with pytest.raises(TooBigError):
        renderer().expression(list(range(1000)), "value")
    with pytest.raises(TooBigError):
        renderer().expression("x" * 5000, "value")


def test_the_longest_integers_stay_whole() -> None:
    assert flat(renderer().expression(sys.maxsize**3, "value")) == str(sys.maxsize**3)
