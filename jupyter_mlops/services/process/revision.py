"""A `ServiceSpec` as the JSON document that a front runs. Purely computational."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jupyter_mlops.records import ImageManifest, ServiceOptions, ServiceSpec
from jupyter_mlops.services.target import NewScript

__all__ = ["document", "reloaded"]


def document(
    spec: ServiceSpec, *, fallback: Sequence[str] | None = None, collected: Path | str | None = None
) -> dict[str, Any]:
    """The revision document of a spec, for `POST /candidate`.

    `fallback` is the command that prints the path of another Python when the workers' own does not satisfy the lock;
    `collected` the folder for what a script's `ModelDataCollector` keeps, where the options ask for it.
    """
    app = Path(spec.content) / "app"
    script = spec.manifest.script
    options = spec.options
    return {
        "revision": spec.revision,
        "service": spec.service,
        "service_version": str(spec.revision),
        "workspace": spec.workspace,
        "python": spec.interpreter,
        "isolated": True,
        "lock": str(Path(spec.content) / "lock.json"),
        "fallback": None if fallback is None else list(fallback),
        "app_root": str(app),
        "entry_script": f"{script.source_directory}/{script.entry_script}",
        "source_directory": script.source_directory,
        "model_dir": str(_model_dir(app, spec.manifest)),
        "models": [
            {"name": model.name, "version": model.version, "path": str(_model_folder(app, model.name, model.version))}
            for model in spec.manifest.models
        ],
        "environment": dict(options.environment_variables),
        "workers": options.workers or 1,
        "threads": options.threads or 1,
        "preload": options.preload,
        "batch": _batch(options),
        "limits": _limits(options),
        "signature": None if spec.manifest.signature is None else asdict(spec.manifest.signature),
        "cors_origins": list(options.cors_origins),
        "hot_reload": options.hot_reload,
        "collect": str(collected) if collected is not None and options.collect_model_data else None,
        "probe": _probe(spec.manifest.sample_input, batches=options.batch_max_size is not None),
    }


def reloaded(document: Mapping[str, Any], app_root: str, new: NewScript) -> dict[str, Any]:
    """The document of the same revision with another script, whose files lie in an app root of their own."""
    script = new.script
    return {
        **document,
        "app_root": app_root,
        "entry_script": f"{script.source_directory}/{script.entry_script}",
        "source_directory": script.source_directory,
        "probe": _probe(new.sample_input, batches=document["batch"] is not None),
        "reloaded": True,
    }


def _probe(sample: str | None, *, batches: bool) -> dict[str, Any] | None:
    return None if sample is None else {"body": sample, "rows": _rows(sample) if batches else []}


def _rows(sample: str) -> list[str]:
    """The sample's rows as requests of their own: `{"data": [1, 2]}` is `{"data": [1]}` and `{"data": [2]}`."""
    document = json.loads(sample)
    if not isinstance(document, dict) or len(document) != 1:
        return []
    ((name, rows),) = document.items()
    return [json.dumps({name: [row]}) for row in rows] if isinstance(rows, list) and len(rows) > 1 else []


def _model_folder(app: Path, name: str, version: int) -> Path:
    return app / "azureml-models" / name / str(version)


def _model_dir(app: Path, manifest: ImageManifest) -> Path:
    """`AZUREML_MODEL_DIR`: the folder of the one model, else the folder of all, as Azure ML v1 did."""
    if len(manifest.models) == 1:
        (model,) = manifest.models
        return _model_folder(app, model.name, model.version)
    return app / "azureml-models"


def _batch(options: ServiceOptions) -> dict[str, int] | None:
    if options.batch_max_size is None:
        return None
    return {"max_size": options.batch_max_size, "max_wait_ms": options.batch_max_wait_ms or 0}


def _limits(options: ServiceOptions) -> dict[str, int | None]:
    return {
        "body_bytes": _or(options.max_body_bytes, 100 * 1024 * 1024),
        "concurrency": options.replica_max_concurrent_requests,
        "wait_ms": _or(options.max_request_wait_time, 500),
        "scoring_timeout_ms": _or(options.scoring_timeout_ms, 60_000),
        "init_timeout_s": _or(options.init_timeout_s, 600),
    }


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
