"""The user's script: found, imported as `entry_module`, checked, and its `run` understood."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import logging.config
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from jupyter_mlops.scoring.worker.schema.layers import Peeled, peel

__all__ = ["COLLECT", "Failure", "Script", "load", "pickle_by_value", "prepare"]

COLLECT = "JUPYTER_MLOPS_COLLECT"
"""Environment name of the folder for collected data; unset: nothing is collected."""


class Failure(Exception):
    """The worker cannot serve. `where` is a word of the FAILED frame; the cause, if any, has the traceback."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where
        self.message = message


class Script(NamedTuple):
    """`run` as the script has it; `parameters` without `request_headers`, which `wants_headers` says is among them."""

    init: Callable[[], Any]
    run: Callable[..., Any]
    parameters: tuple[inspect.Parameter, ...]
    wants_headers: bool
    raw: bool
    peeled: Peeled


def prepare(revision: dict[str, Any]) -> Path:
    """Working folder, environment and `sys.path` as the contract has them. Returns the script's path."""
    root = Path(revision.get("app_root") or ".").resolve()
    os.environ.update({name: str(value) for name, value in (revision.get("environment") or {}).items()})
    os.environ["AML_APP_ROOT"] = str(root)
    source = revision.get("source_directory")
    if source:
        os.environ["AZUREML_SOURCE_DIRECTORY"] = source
    for name, key in (("AZUREML_MODEL_DIR", "model_dir"), (COLLECT, "collect")):
        if revision.get(key):
            os.environ[name] = str(revision[key])
    entry = root / (revision.get("entry_script") or "main.py")
    os.environ["AZUREML_ENTRY_SCRIPT"] = str(entry)
    for name, key in (
        ("SERVICE_NAME", "service"),
        ("SERVICE_VERSION", "service_version"),
        ("WORKSPACE_NAME", "workspace"),
    ):
        if revision.get(key):
            os.environ.setdefault(name, str(revision[key]))
    folders = [root, *([root / source] if source else []), entry.parent]
    for folder in dict.fromkeys(str(each) for each in folders):
        if folder not in sys.path:
            sys.path.append(folder)
    if root.is_dir():
        os.chdir(root)
    _configure_logging(root, entry.parent)
    return entry


def load(entry: Path) -> Script:
    """Import the script and look at its `run`. Raises Failure."""
    module = _imported(entry)
    pickle_by_value()
    for name in ("init", "run"):
        if not callable(getattr(module, name, None)):
            raise Failure("run signature", f"User script at {entry} does not have a {name}() function defined.")
    driven = getattr(module, "driver_module", None)
    inner = driven if isinstance(driven, ModuleType) and hasattr(driven, "run") else module
    return _understood(module.init, inner.run)


def pickle_by_value() -> None:
    """Let cloudpickle send the script's functions to other processes whole: those cannot import `entry_module`.

    To be called when the script has imported what it needs; does nothing where cloudpickle is not among that.
    """
    for name in ("cloudpickle", "joblib.externals.cloudpickle"):
        register = getattr(sys.modules.get(name), "register_pickle_by_value", None)
        if register is not None:
            register(sys.modules["entry_module"])


def _imported(entry: Path) -> ModuleType:
    if not entry.is_file():
        raise Failure("import", f"There is no script at {entry}.")
    spec = importlib.util.spec_from_file_location("entry_module", entry)
    if spec is None or spec.loader is None:
        raise Failure("import", f"{entry} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules["entry_module"] = module
    sys.argv[:] = [str(entry)]
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        raise Failure("import", f"{type(error).__name__}: {error}") from error
    return module


def _understood(init: Callable[[], Any], run: Callable[..., Any]) -> Script:
    every = inspect.signature(run).parameters.values()
    if any(each.kind not in (each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD) for each in every):
        raise Failure("run signature", "run() cannot accept positional-only arguments, *args, or **kwargs.")
    parameters = tuple(each for each in every if each.name != "request_headers")
    wants_headers = len(parameters) != len(every)
    if not parameters:
        raise Failure(
            "run signature",
            'run() needs to accept an argument other than "request_headers".'
            if wants_headers
            else "run() needs to accept an argument for input data.",
        )
    peeled, raw = peel(run), _raw_requested()
    decorated = peeled.decorated or _decorated_there(run)
    if raw and decorated:
        raise Failure("run signature", "run() cannot be decorated with both @rawhttp and @input_schema")
    names = {each.name for each in parameters}
    for layer in peeled.layers:
        if layer.name not in names:
            raise Failure(
                "run signature", f"@input_schema names {layer.name!r}, but run() has {', '.join(sorted(names))}."
            )
    return Script(init, run, parameters, wants_headers, raw, peeled._replace(decorated=decorated))


def _decorated_there(run: Callable[..., Any]) -> bool:
    """What the real inference_schema thinks, which follows closures by a rule of its own."""
    there = sys.modules.get("inference_schema.schema_util")
    return bool(there is not None and there.is_schema_decorated(run))


def _raw_requested() -> bool:
    """Whether @rawhttp was used: a flag of the module that defines it, wherever that came from."""
    modules = (sys.modules.get(name) for name in RAW_MODULES)
    return any(getattr(each, "_rawHttpRequested", False) for each in modules)


RAW_MODULES = (
    "jupyter_mlops.scoring.worker.served.aml_request",
    "azureml.contrib.services.aml_request",
    "azureml_inference_server_http.api.aml_request",
)


def _configure_logging(root: Path, beside: Path) -> None:
    """A `logging.json` (dictConfig) in the app root or beside the script is the script's logging."""
    import json

    for folder in (root, beside):
        path = folder / "logging.json"
        if path.is_file():
            try:
                logging.config.dictConfig(json.loads(path.read_text("utf-8")))
            except (ValueError, TypeError, AttributeError, ImportError) as error:
                print(f"{path} is not a logging configuration: {error}", file=sys.stderr)
            return
