"""`inferenceconfig.json` and `deploymentconfig.json`, with the keys that Azure ML's v1 CLI documented.

A key that is not known, or of the wrong type, is an error that names it; a key that is known and that the chosen
target cannot honour is refused by the target, by name. Nothing is ignored.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.errors import UnsupportedError, UsageError

__all__ = ["Deployment", "read_deployment", "read_inference"]

#: key of inferenceconfig.json → keyword of `InferenceConfig`, and its type
_INFERENCE: Mapping[str, tuple[str, type]] = {
    "entryScript": ("entry_script", str),
    "runtime": ("runtime", str),
    "condaFile": ("conda_file", str),
    "sourceDirectory": ("source_directory", str),
    "enableGpu": ("enable_gpu", bool),
    "baseImage": ("base_image", str),
    "baseImageRegistry": ("base_image_registry", dict),
    "extraDockerfileSteps": ("extra_docker_file_steps", str),
    "cudaVersion": ("cuda_version", str),
    "description": ("description", str),
}

_PATHS = frozenset({"entryScript", "condaFile", "sourceDirectory", "extraDockerfileSteps"})

#: computeType → kind of target
_KINDS: Mapping[str, str] = {
    "local": "local",
    "process": "process",
    "docker": "docker",
    "aks": "kubernetes",
    "kubernetes": "kubernetes",
}

#: key of deploymentconfig.json → field of `ServiceOptions`, and its type; a dotted key lies in an object
_OPTIONS: Mapping[str, tuple[str, type]] = {
    "port": ("port", int),
    "host": ("host", str),
    "authEnabled": ("auth_enabled", bool),
    "appInsightsEnabled": ("enable_app_insights", bool),
    "scoringTimeoutMs": ("scoring_timeout_ms", int),
    "maxConcurrentRequestsPerContainer": ("replica_max_concurrent_requests", int),
    "maxQueueWaitMs": ("max_request_wait_time", int),
    "maxRequestWaitTime": ("max_request_wait_time", int),
    "numReplicas": ("replicas", int),
    "dataCollection.storageEnabled": ("collect_model_data", bool),
    "containerResourceRequirements.cpu": ("cpu_cores", float),
    "containerResourceRequirements.memoryInGB": ("memory_gb", float),
    "containerResourceRequirements.gpu": ("gpu_cores", int),
    "sslCertPemFile": ("ssl_cert_file", str),
    "sslKeyPemFile": ("ssl_key_file", str),
    "environmentVariables": ("environment_variables", dict),
    "workers": ("workers", int),
    "hotReload": ("hot_reload", bool),
    "preload": ("preload", bool),
}

_UNSERVED: Mapping[str, str] = {
    "autoScaler": "no target scales by itself yet",
    "tokenAuthEnabled": "keys are served, tokens are not: authEnabled",
    "livenessProbeRequirements": "the process target watches its workers without probes",
    "namespace": "the kubernetes target is not served yet",
    "location": "services run on this machine",
    "dnsNameLabel": "services run on this machine",
    "sslEnabled": "give sslCertPemFile and sslKeyPemFile",
    "sslCname": "give sslCertPemFile and sslKeyPemFile",
    "vnetName": "services run on this machine",
    "subnetName": "services run on this machine",
}


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a deploymentconfig.json says: a kind of target (None: not said) and fields of `ServiceOptions`."""

    kind: str | None
    options: dict[str, Any]


def read_inference(path: Path) -> dict[str, Any]:
    """The keywords of `InferenceConfig`; relative paths in the file count from the file's folder, as in v1.

    Raises `UsageError` for a file that is not there, is not JSON, or has a key that is not known.
    """
    document = _read(path)
    keywords = {}
    for key, value in document.items():
        keyword, wanted = _known(path, key, _INFERENCE)
        keywords[keyword] = _typed(path, key, value, wanted)
    base = path.resolve().parent
    if "source_directory" in keywords:
        keywords["source_directory"] = str(base / keywords["source_directory"])
        return keywords
    for key in _PATHS & document.keys():
        keyword = _INFERENCE[key][0]
        keywords[keyword] = str(base / keywords[keyword])
    return keywords


def read_deployment(path: Path) -> Deployment:
    """The kind of target and the options. Raises `UsageError`, or `UnsupportedError` for what no target does yet."""
    document = _flat(_read(path))
    kind = document.pop("computeType", None)
    if kind is not None and str(kind).lower() not in _KINDS:
        raise UsageError(
            f"computeType {kind!r} is not served", where=str(path), hint=f"one of: {', '.join(sorted(_KINDS))}"
        )
    options = {}
    for key, value in document.items():
        if key.partition(".")[0] in _UNSERVED:
            raise UnsupportedError(f"{key!r} is not served", where=str(path), hint=_UNSERVED[key.partition(".")[0]])
        field, wanted = _known(path, key, _OPTIONS)
        options[field] = _typed(path, key, value, wanted)
    return Deployment(kind=None if kind is None else _KINDS[str(kind).lower()], options=options)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError("no such file", where=str(path)) from error
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except ValueError as error:
        raise UsageError(f"is not JSON: {error}", where=str(path)) from error
    if not isinstance(document, dict):
        raise UsageError("must hold a JSON object", where=str(path))
    return document


def _flat(document: dict[str, Any]) -> dict[str, Any]:
    """`{"a": {"b": 1}}` → `{"a.b": 1}`, except where the key itself takes an object."""
    flat: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, dict) and key not in _OPTIONS:
            flat |= {f"{key}.{inner}": item for inner, item in value.items()}
        else:
            flat[key] = value
    return flat


def _known(path: Path, key: str, table: Mapping[str, tuple[str, type]]) -> tuple[str, type]:
    if key not in table:
        near = difflib.get_close_matches(key, table, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(table)}"
        raise UsageError(f"the key {key!r} is not known", where=str(path), hint=hint)
    return table[key]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _typed(path: Path, key: str, value: Any, wanted: type) -> Any:
    if wanted is float and _is_number(value):
        return float(value)
    if wanted is int and isinstance(value, bool):
        pass
    elif isinstance(value, wanted):
        return value
    raise UsageError(f"{key!r} must be {_SPELLED[wanted]}, got {value!r}", where=str(path))


_SPELLED: Mapping[type, str] = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
}
