"""Imports of old scripts are named with their line and their cure, and only where they are dead."""

from __future__ import annotations

import ast

import pytest

from jupyter_mlops.capture.dead_imports import find_dead_imports

TODAY = {"scikit-learn": "1.9.1", "pandas": "3.1.1", "numpy": "2.4.6", "scipy": "1.17", "python": "3.13"}


def dead(source: str, versions: dict[str, str] = TODAY, **options: bool) -> list[tuple[int, str, str]]:
    return find_dead_imports(ast.parse(source), version=versions.get, **options)


@pytest.mark.parametrize(
    ("line", "cure"),
    [
        ("from sklearn.externals import joblib", "import joblib"),
        ("import sklearn.externals.joblib as joblib", "import joblib"),
        ("from sklearn.cross_validation import train_test_split", "from sklearn.model_selection import …"),
        ("from sklearn.preprocessing import Imputer", "from sklearn.impute import SimpleImputer as Imputer"),
        ("from pandas.io.json import json_normalize", "from pandas import json_normalize"),
        ("from collections import Mapping", "from collections.abc import Mapping"),
        ("import cPickle as pickle", "import pickle"),
        ("import distutils.util", "setuptools, packaging.version, or shutil"),
        ("import tensorflow.contrib.layers", "the layer's or metric's own package (TensorFlow Addons, tf-slim)"),
    ],
)
def test_a_dead_import_has_a_cure(line: str, cure: str) -> None:
    [(number, message, found)] = dead(f"import os\n{line}\n")
    assert (number, found) == (2, cure)
    assert " is gone since " in message


def test_living_imports_are_left_alone() -> None:
    assert (
        dead("import joblib, numpy as np\nfrom sklearn.linear_model import Ridge\nnp.float64(1), np.bool_(1)\n") == []
    )


def test_an_attribute_through_an_alias_is_found() -> None:
    [(line, message, cure)] = dead("import numpy as np\n\nvalue = np.float(3)\n")
    assert (line, message, cure) == (3, "numpy.float is gone since numpy 1.24", "float, or np.float64")


def test_numpy_bool_came_back() -> None:
    source = "import numpy as np\nnp.bool\n"
    assert dead(source) == []
    assert len(dead(source, {"numpy": "1.26.4"})) == 1


def test_an_older_library_still_has_it() -> None:
    assert dead("from sklearn.externals import joblib", {"scikit-learn": "0.20.3"}) == []


def test_a_library_that_is_not_installed_is_judged_by_todays() -> None:
    assert len(dead("from sklearn.externals import joblib", {})) == 1


def test_a_guarded_import_is_not_dead() -> None:
    source = "try:\n    from sklearn.externals import joblib\nexcept ImportError:\n    import joblib\n"
    assert dead(source) == []


def test_what_the_scoring_server_brings_can_be_left_out() -> None:
    source = "from sklearn.externals import joblib\nfrom sklearn.grid_search import GridSearchCV\n"
    assert [line for line, _, _ in dead(source, served=False)] == [2]


@pytest.mark.parametrize(
    "body",
    [
        "def run(data):\n    return pd.read_json(data)",
        "frame = pd.read_json('[{\"a\": 1}]')",
        "import json\nframe = pd.read_json(json.dumps([1]))",
    ],
)
def test_read_json_of_a_text(body: str) -> None:
    [(_, message, cure)] = dead(f"import pandas as pd\n{body}\n")
    assert message == "pandas.read_json of a text is gone since pandas 3.0"
    assert cure == "pd.read_json(io.StringIO(data), …)"


@pytest.mark.parametrize(
    "body",
    [
        "def run(data):\n    data = io.StringIO(data)\n    return pd.read_json(data)",
        "frame = pd.read_json('file.json')",
        "@input_schema('data', sample)\ndef run(data):\n    return pd.read_json(data)",
    ],
)
def test_read_json_of_what_may_be_no_text(body: str) -> None:
    assert dead(f"import pandas as pd\n{body}\n") == []
