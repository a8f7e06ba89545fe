"""Imports and calls of old scripts that today's libraries no longer have, each with its cure.

A line of the table holds for a distribution from one version on: a kernel that still has an older one is not
told that its imports are dead. Sources: the release notes of scikit-learn 0.20 … 1.6, pandas 0.25 … 3.0,
NumPy 1.24 and 2.0, SciPy 1.0 … 1.14, TensorFlow 2, Keras 3, and "What's New in Python".
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import metadata
from typing import NamedTuple

from jupyter_mlops.capture.imports import guarded_imports

__all__ = ["DeadImport", "find_dead_imports"]


class DeadImport(NamedTuple):
    """A dead import: its line (from 1), what is wrong, and what to write instead."""

    line: int
    message: str
    cure: str


class _Dead(NamedTuple):
    """`since`: the version of the distribution that no longer has it; `served`: our scoring server brings it."""

    cure: str
    distribution: str
    since: str
    served: bool = False


_MODULES: dict[str, _Dead] = {
    "sklearn.externals.joblib": _Dead("import joblib", "scikit-learn", "0.23", served=True),
    "sklearn.externals.six": _Dead("import six", "scikit-learn", "0.23"),
    "sklearn.cross_validation": _Dead("from sklearn.model_selection import …", "scikit-learn", "0.20"),
    "sklearn.grid_search": _Dead("from sklearn.model_selection import …", "scikit-learn", "0.20"),
    "sklearn.learning_curve": _Dead("from sklearn.model_selection import …", "scikit-learn", "0.20"),
    "sklearn.lda": _Dead("from sklearn.discriminant_analysis import …", "scikit-learn", "0.19"),
    "sklearn.qda": _Dead("from sklearn.discriminant_analysis import …", "scikit-learn", "0.19"),
    "sklearn.preprocessing.Imputer": _Dead(
        "from sklearn.impute import SimpleImputer as Imputer", "scikit-learn", "0.22"
    ),
    "sklearn.utils.testing": _Dead("from sklearn.utils._testing import …", "scikit-learn", "0.24"),
    "sklearn.ensemble.forest": _Dead("from sklearn.ensemble import …", "scikit-learn", "0.24"),
    "sklearn.ensemble.gradient_boosting": _Dead("from sklearn.ensemble import …", "scikit-learn", "0.24"),
    "sklearn.ensemble.bagging": _Dead("from sklearn.ensemble import …", "scikit-learn", "0.24"),
    "sklearn.ensemble.weight_boosting": _Dead("from sklearn.ensemble import …", "scikit-learn", "0.24"),
    "sklearn.tree.tree": _Dead("from sklearn.tree import …", "scikit-learn", "0.24"),
    "sklearn.linear_model.base": _Dead("from sklearn.linear_model import …", "scikit-learn", "0.24"),
    "sklearn.linear_model.logistic": _Dead("from sklearn.linear_model import …", "scikit-learn", "0.24"),
    "sklearn.linear_model.ridge": _Dead("from sklearn.linear_model import …", "scikit-learn", "0.24"),
    "sklearn.linear_model.stochastic_gradient": _Dead("from sklearn.linear_model import …", "scikit-learn", "0.24"),
    "sklearn.neighbors.base": _Dead("from sklearn.neighbors import …", "scikit-learn", "0.24"),
    "sklearn.svm.classes": _Dead("from sklearn.svm import …", "scikit-learn", "0.24"),
    "sklearn.preprocessing.data": _Dead("from sklearn.preprocessing import …", "scikit-learn", "0.24"),
    "sklearn.preprocessing.label": _Dead("from sklearn.preprocessing import …", "scikit-learn", "0.24"),
    "sklearn.metrics.classification": _Dead("from sklearn.metrics import …", "scikit-learn", "0.24"),
    "sklearn.datasets.base": _Dead("from sklearn.datasets import …", "scikit-learn", "0.24"),
    "sklearn.datasets.load_boston": _Dead("from sklearn.datasets import load_diabetes", "scikit-learn", "1.2"),
    "sklearn.metrics.plot_confusion_matrix": _Dead(
        "from sklearn.metrics import ConfusionMatrixDisplay", "scikit-learn", "1.2"
    ),
    "sklearn.metrics.plot_roc_curve": _Dead("from sklearn.metrics import RocCurveDisplay", "scikit-learn", "1.2"),
    "pandas.io.json.json_normalize": _Dead("from pandas import json_normalize", "pandas", "2.0"),
    "pandas.util.testing": _Dead("from pandas.testing import …", "pandas", "2.0"),
    "pandas.tools": _Dead("from pandas.plotting import …, or pandas.merge, pandas.pivot_table", "pandas", "0.25"),
    "pandas.Panel": _Dead("a DataFrame with a MultiIndex", "pandas", "1.0"),
    "pandas.core.index": _Dead("from pandas import Index, MultiIndex", "pandas", "2.0"),
    "scipy.misc.imread": _Dead("from imageio import imread", "scipy", "1.2"),
    "scipy.misc.imresize": _Dead("PIL.Image.Image.resize", "scipy", "1.3"),
    "scipy.misc.imsave": _Dead("from imageio import imwrite", "scipy", "1.2"),
    "scipy.misc.logsumexp": _Dead("from scipy.special import logsumexp", "scipy", "1.3"),
    "scipy.misc.factorial": _Dead("from scipy.special import factorial", "scipy", "1.3"),
    "scipy.misc.comb": _Dead("from scipy.special import comb", "scipy", "1.3"),
    "scipy.integrate.trapz": _Dead("from scipy.integrate import trapezoid", "scipy", "1.14"),
    "scipy.integrate.simps": _Dead("from scipy.integrate import simpson", "scipy", "1.14"),
    "scipy.integrate.cumtrapz": _Dead("from scipy.integrate import cumulative_trapezoid", "scipy", "1.14"),
    "scipy.interp": _Dead("from numpy import interp", "scipy", "1.12"),
    "tensorflow.contrib": _Dead("the layer's or metric's own package (TensorFlow Addons, tf-slim)", "tensorflow", "2"),
    "tensorflow.python.keras": _Dead("from tensorflow.keras import …", "tensorflow", "2.16"),
    "keras.utils.np_utils": _Dead("from keras.utils import to_categorical", "keras", "2.13"),
    "keras.wrappers.scikit_learn": _Dead("from scikeras.wrappers import …", "keras", "2.12"),
    "keras.layers.core": _Dead("from keras.layers import …", "keras", "2.13"),
    "keras.layers.convolutional": _Dead("from keras.layers import …", "keras", "2.13"),
    "keras.layers.recurrent": _Dead("from keras.layers import …", "keras", "2.13"),
    "keras.engine": _Dead("from keras import Model, from keras.layers import Layer", "keras", "2.13"),
    "keras.backend.tensorflow_backend": _Dead("import keras.backend", "keras", "2.4"),
    "torch._six": _Dead("str, collections.abc", "torch", "2.0"),
    "distutils": _Dead("setuptools, packaging.version, or shutil", "python", "3.12"),
    "imp": _Dead("import importlib", "python", "3.12"),
    "asyncore": _Dead("import asyncio", "python", "3.12"),
    "asynchat": _Dead("import asyncio", "python", "3.12"),
    "cgi": _Dead("urllib.parse, email.message", "python", "3.13"),
    "pipes": _Dead("import shlex, import subprocess", "python", "3.13"),
    "imghdr": _Dead("PIL.Image.open(…).format", "python", "3.13"),
    "telnetlib": _Dead("import telnetlib3", "python", "3.13"),
    "cPickle": _Dead("import pickle", "python", "3"),
    "urllib2": _Dead("import urllib.request", "python", "3"),
    "urlparse": _Dead("import urllib.parse", "python", "3"),
    "ConfigParser": _Dead("import configparser", "python", "3"),
    "StringIO": _Dead("from io import StringIO", "python", "3"),
    "cStringIO": _Dead("from io import StringIO", "python", "3"),
    "Queue": _Dead("import queue", "python", "3"),
    "HTMLParser": _Dead("from html.parser import HTMLParser", "python", "3"),
    "commands": _Dead("import subprocess", "python", "3"),
    **{
        f"collections.{name}": _Dead(f"from collections.abc import {name}", "python", "3.10")
        for name in ("Callable", "Hashable", "Iterable", "Iterator", "Mapping", "MutableMapping", "Sequence", "Set")
    },
}

_ATTRIBUTES: dict[str, _Dead] = {
    **{
        f"numpy.{name}": _Dead(cure, "numpy", "1.24")
        for name, cure in {
            "float": "float, or np.float64",
            "int": "int, or np.int64",
            "bool": "bool, or np.bool_",
            "object": "object",
            "str": "str, or np.str_",
            "complex": "complex, or np.complex128",
        }.items()
    },
    "numpy.float_": _Dead("np.float64", "numpy", "2.0"),
    "numpy.unicode_": _Dead("np.str_", "numpy", "2.0"),
    "numpy.Inf": _Dead("np.inf", "numpy", "2.0"),
    "numpy.NaN": _Dead("np.nan", "numpy", "2.0"),
    "numpy.product": _Dead("np.prod", "numpy", "2.0"),
    "numpy.cumproduct": _Dead("np.cumprod", "numpy", "2.0"),
    "numpy.in1d": _Dead("np.isin", "numpy", "2.4"),
    "numpy.trapz": _Dead("np.trapezoid", "numpy", "2.4"),
}
"""What was reached through the module's name; `numpy.bool` came back in 2.0."""

_READ_JSON = _Dead("pd.read_json(io.StringIO(data), …)", "pandas", "3.0")


def find_dead_imports(
    tree: ast.Module,
    *,
    served: bool = True,
    version: Callable[[str], str | None] | None = None,
) -> list[tuple[int, str, str]]:
    """The dead imports, attributes and calls of a module, in the order of its lines: (line, message, cure).

    An import in a `try` that catches its failure is not one. `served=False` leaves out those that our scoring
    server brings itself (`sklearn.externals.joblib`), with which an old script runs unchanged. `version` gives
    the installed version of a distribution (default: the running interpreter's); one that is not installed is
    judged by today's releases.
    """
    installed = version or _installed
    guarded = guarded_imports(tree)
    found = {
        DeadImport(getattr(node, "lineno", 1), f"{name} is gone since {_title(dead.distribution)} {dead.since}", cure)
        for node, name, dead, cure in _candidates(tree)
        if id(node) not in guarded and (served or not dead.served) and _is_dead(name, dead, installed)
    }
    return [*sorted(found)]


def _title(distribution: str) -> str:
    return "Python" if distribution == "python" else distribution


def _is_dead(name: str, dead: _Dead, installed: Callable[[str], str | None]) -> bool:
    have = installed(dead.distribution)
    if have is None:
        return True
    number = _number(have)
    if name == "numpy.bool" and number >= (2,):
        return False
    return number >= _number(dead.since)


def _number(version: str) -> tuple[int, ...]:
    """`1.24.0rc1` → (1, 24): enough to tell releases apart."""
    parts = []
    for part in version.split(".")[:2]:
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        parts.append(int(digits or 0))
    return tuple(parts)


@cache
def _installed(distribution: str) -> str | None:
    if distribution == "python":
        return f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _candidates(tree: ast.Module) -> Iterator[tuple[ast.AST, str, _Dead, str]]:
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        for written, bound, name in _bindings(node):
            aliases[bound] = name if written else name.partition(".")[0]
            if hit := _lookup(_MODULES, name):
                yield node, *hit
            elif name in _ATTRIBUTES:
                yield node, name, _ATTRIBUTES[name], _ATTRIBUTES[name].cure
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (dotted := _dotted(node, aliases)):
            if dotted in _ATTRIBUTES:
                yield node, dotted, _ATTRIBUTES[dotted], _ATTRIBUTES[dotted].cure
            elif dotted in _MODULES:
                yield node, dotted, _MODULES[dotted], _MODULES[dotted].cure
    for call in _text_to_read_json(tree, aliases):
        yield call, "pandas.read_json of a text", _READ_JSON, _READ_JSON.cure


def _bindings(node: ast.AST) -> Iterator[tuple[bool, str, str]]:
    """(is the whole name bound, the name it is bound to, the dotted name that is imported)."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            yield alias.asname is not None, bound, alias.name
    elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        for alias in node.names:
            yield True, alias.asname or alias.name, f"{node.module}.{alias.name}"


def _lookup(table: dict[str, _Dead], name: str) -> tuple[str, _Dead, str] | None:
    """The entry of the name or of a module above it."""
    while name:
        if name in table:
            return name, table[name], table[name].cure
        name = name.rpartition(".")[0]
    return None


def _dotted(node: ast.AST, aliases: dict[str, str]) -> str | None:
    """`np.float` → `numpy.float`; None for an attribute of anything but an imported name."""
    if isinstance(node, ast.Name):
        return aliases.get(node.id)
    if isinstance(node, ast.Attribute) and (above := _dotted(node.value, aliases)):
        return f"{above}.{node.attr}"
    return None


def _text_to_read_json(tree: ast.Module, aliases: dict[str, str]) -> Iterator[ast.Call]:
    """Calls of `pandas.read_json` whose argument is surely a text: a literal, `json.dumps(…)`, or the request
    as an undecorated `run` gets it."""
    texts = {id(call): names for names, body in _functions_with_text(tree) for call in ast.walk(body)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _dotted(node.func, aliases) == "pandas.read_json":
            first = node.args[0]
            is_literal = isinstance(first, ast.Constant) and str(first.value).lstrip()[:1] in ("{", "[")
            is_dumped = isinstance(first, ast.Call) and _dotted(first.func, aliases) == "json.dumps"
            is_request = isinstance(first, ast.Name) and first.id in texts.get(id(node), set())
            if is_literal or is_dumped or is_request:
                yield node


def _functions_with_text(tree: ast.Module) -> Iterator[tuple[set[str], ast.AST]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "run" and not node.decorator_list and node.args.args:
            request = node.args.args[0].arg
            stored = {child.id for child in ast.walk(node) if isinstance(child, ast.Name) and _is_store(child)}
            if request not in stored:
                yield {request}, node


def _is_store(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)
