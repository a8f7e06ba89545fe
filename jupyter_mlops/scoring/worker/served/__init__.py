"""The modules that scripts import inside a scoring process, each standing in for a package that is not there.

`TABLE` says which of ours answers to which name; `find` serves `from jupyter_mlops import …`. `old_imports` hooks the
table into Python's import system, behind everything that is installed.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["NAMES", "TABLE", "find"]

_HERE = "jupyter_mlops.scoring.worker.served"

#: name of the old module → our module that answers to it; None: an empty package
TABLE: dict[str, str | None] = {
    "azureml": None,
    "azureml.contrib": None,
    "azureml.contrib.services": None,
    "azureml.contrib.services.aml_request": f"{_HERE}.aml_request",
    "azureml.contrib.services.aml_response": f"{_HERE}.aml_response",
    "azureml.core": f"{_HERE}.core",
    "azureml.core.model": f"{_HERE}.model",
    "azureml.core.run": f"{_HERE}.run",
    "azureml.monitoring": f"{_HERE}.monitoring",
    "azureml.train": None,
    "azureml_inference_server_http": None,
    "azureml_inference_server_http.api": None,
    "azureml_inference_server_http.api.aml_request": f"{_HERE}.aml_request",
    "azureml_inference_server_http.api.aml_response": f"{_HERE}.aml_response",
    "inference_schema": None,
    "inference_schema.schema_decorators": f"{_HERE}.schema_decorators",
    "inference_schema.schema_util": f"{_HERE}.schema_util",
    "inference_schema.parameter_types": None,
    "inference_schema.parameter_types.abstract_parameter_type": f"{_HERE}.abstract_parameter_type",
    "inference_schema.parameter_types.numpy_parameter_type": f"{_HERE}.numpy_parameter_type",
    "inference_schema.parameter_types.pandas_parameter_type": f"{_HERE}.pandas_parameter_type",
    "inference_schema.parameter_types.spark_parameter_type": f"{_HERE}.spark_parameter_type",
    "inference_schema.parameter_types.standard_py_parameter_type": f"{_HERE}.standard_py_parameter_type",
}

#: what `from jupyter_mlops import NAME` gives in a scoring process
NAMES = {
    "Model": "model",
    "ModelDataCollector": "monitoring",
    "Request": "aml_request",
    "Response": "aml_response",
    "batch": "batch",
    "rawhttp": "aml_request",
}


def find(name: str) -> Any:
    """One of NAMES. Raises AttributeError, which says what there is."""
    if name not in NAMES:
        raise AttributeError(
            f"jupyter_mlops has no {name!r} inside a service, only {', '.join(sorted(NAMES))};"
            " the rest belongs to the notebook"
        )
    return getattr(importlib.import_module(f"{_HERE}.{NAMES[name]}"), name)
