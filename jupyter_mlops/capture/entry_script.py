"""The text of an entry script for a saved model: what every flavor's script has in common.

The scripts are for people: they are shown, edited and reviewed. They load the model by
`Model.get_model_path`, as Azure ML v1's did, so that they run in its scoring images too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from jupyter_mlops.capture.environment.installed import version_of
from jupyter_mlops.capture.schema_source import SchemaSource, quoted, schema_source
from jupyter_mlops.records import Signature

__all__ = ["METHODS", "Loading", "entry_script"]

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "score_samples", "transform")
"""What a request may ask for; the first that a model has is what it answers with."""

_DECORATOR = "from inference_schema.schema_decorators import input_schema"
_STANDARD = "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType"


class Loading(NamedTuple):
    """A flavor's part of the script. `path` is the variable that holds the model's file or folder in `load`.

    `imports`: lines; `load`: lines that assign `model`; `answer`: lines that return the answer from `data` (and,
    with `methods`, from `method`); `constants`: lines at the top level; `convert`: an expression that makes what
    the model takes from `data`, for samples that are no frame.
    """

    title: str
    imports: tuple[str, ...]
    load: tuple[str, ...]
    answer: tuple[str, ...]
    methods: bool = False
    constants: tuple[str, ...] = ()
    convert: str | None = None


def entry_script(model_name: str, loading: Loading, signature: Signature | None) -> str:
    """The whole text, ready to be written."""
    schema = schema_source(signature) if signature is not None else None
    imports = {"from azureml.core.model import Model", *loading.imports}
    constants = [*loading.constants]
    if loading.methods:
        imports.add("from azureml.contrib.services.aml_response import AMLResponse")
        constants.append(f"METHODS = ({', '.join(map(quoted, METHODS))})")
    if schema is not None:
        imports |= {_DECORATOR, *schema.imports, *([_STANDARD] if loading.methods else [])}
        constants += schema.sample
    run, needed = _decorated(loading, signature, schema) if signature and schema else _undecorated(loading, signature)
    blocks = [
        [f'"""Scores the model {model_name} ({loading.title})."""', "", *_sorted(imports | needed)],
        *([constants] if constants else []),
        ["", *_init(model_name, loading)],
        ["", *run],
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _init(model_name: str, loading: Loading) -> list[str]:
    return [
        "def init():",
        "    global model",
        f"    path = Model.get_model_path({quoted(model_name)})",
        *(f"    {line}" for line in loading.load),
    ]


def _decorated(loading: Loading, signature: Signature, schema: SchemaSource) -> tuple[list[str], set[str]]:
    lines = [f'@input_schema("data", {schema.type})']
    parameters = "data"
    if loading.methods:
        lines.append('@input_schema("method", StandardPythonParameterType("predict"), optional=True)')
        parameters = "data, method=None"
    prepared, needed = _prepared(loading, signature)
    return [*lines, f"def run({parameters}):", *_indented([*prepared, *_choice(loading), *loading.answer])], needed


def _prepared(loading: Loading, signature: Signature) -> tuple[list[str], set[str]]:
    """Lines between the request and the model: columns in the order of the sample, a list made what it takes."""
    if signature.kind == "frame":
        order = "data = data[list(SAMPLE.columns)]  # whatever their order in the request"
        return ["if list(data.columns) != list(SAMPLE.columns):", f"    {order}"], set()
    if signature.kind == "series":
        return [f'data = pd.Series(data, dtype="{signature.dtype}")'], {"import pandas as pd"}
    if signature.kind == "value" and loading.convert:
        return [f"data = {loading.convert}"], {"import numpy as np"} if "np." in loading.convert else set()
    return [], set()


def _undecorated(loading: Loading, signature: Signature | None) -> tuple[list[str], set[str]]:
    """With no sample to read a schema from: the request is `{"data": …}`, or the data alone; rows that are
    objects become a frame."""
    lines = [
        "request = json.loads(data)",
        'keyed = isinstance(request, dict) and "data" in request',
        'data = request["data"] if keyed else request',
    ]
    needed = {"import json"}
    if loading.methods:
        lines.append('method = request.get("method") if keyed else None')
    if signature is not None:
        prepared, more = _prepared(loading, signature)
        lines += prepared
        needed |= more
    else:
        converted, more = _guessed(loading)
        lines += converted
        needed |= more
    return ["def run(data):", *_indented([*lines, *_choice(loading), *loading.answer])], needed


def _guessed(loading: Loading) -> tuple[list[str], set[str]]:
    """Lines that make rows what the model takes when no sample has said it."""
    lines: list[str] = []
    needed: set[str] = set()
    if version_of("pandas"):
        lines += ["if isinstance(data, list) and data and isinstance(data[0], dict):", "    data = pd.DataFrame(data)"]
        needed.add("import pandas as pd")
    if loading.convert:
        lines += [f"{'elif' if lines else 'if'} isinstance(data, list):", f"    data = {loading.convert}"]
        needed |= {"import numpy as np"} if "np." in loading.convert else set()
    return lines, needed


def _choice(loading: Loading) -> list[str]:
    if not loading.methods:
        return []
    return [
        "method = method or next(name for name in METHODS if hasattr(model, name))",
        "if method not in METHODS or not hasattr(model, method):",
        '    return AMLResponse({"message": f"the model has no method {method!r}"}, 400, json_str=True)',
    ]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


def _sorted(imports: Iterable[str]) -> list[str]:
    """The standard library's first, then the others, each group in order."""
    own = {"import json", "import os", "import pickle"}
    groups: list[Sequence[str]] = [sorted(own & set(imports)), sorted(set(imports) - own, key=_import_key)]
    return "\n\n".join("\n".join(group) for group in groups if group).splitlines()


def _import_key(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line
