"""What a script imports, read from its text."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from jupyter_mlops.capture.imports import imports_of


def imports(source: str) -> tuple[str, ...]:
    return imports_of(ast.parse(source))


def test_top_level_names_without_the_standard_library() -> None:
    source = "import json, numpy.linalg as la\nfrom sklearn.linear_model import Ridge\nfrom . import beside\n"
    assert imports(source) == ("numpy", "sklearn")


def test_an_import_inside_a_function_counts() -> None:
    assert imports("def run(data):\n    import pandas\n") == ("pandas",)


def test_an_import_by_name_counts() -> None:
    assert imports("import importlib\nmodel = importlib.import_module('lightgbm.sklearn')\n") == ("lightgbm",)


def test_an_import_for_type_checkers_does_not_count() -> None:
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import polars\nelse:\n    import numpy\n"
    assert imports(source) == ("numpy",)


def test_a_guarded_import_counts_where_it_is_installed() -> None:
    source = "try:\n    import not_installed_here\nexcept ImportError:\n    import numpy\n"
    assert imports(source) == ("numpy",)


def test_a_namespace_keeps_its_dotted_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme" / "vision").mkdir(parents=True)
    (tmp_path / "acme" / "vision" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert imports("from acme.vision.models import Net\nimport acme.vision\n") == ("acme.vision",)
