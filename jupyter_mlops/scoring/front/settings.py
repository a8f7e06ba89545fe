"""The command line and the environment → what the front does, and the first revision.

A revision comes from `--revision FILE`, or is put together from the entry script's options and the environment names
that Azure ML's scoring server reads; `config.json` has the same names, the environment wins.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.scoring.front.log import LogFormat
from jupyter_mlops.scoring.front.revision import Revision, RevisionError

__all__ = ["Settings", "SettingsError", "read_settings"]

_AZURE_NAMES = (
    "AML_APP_ROOT",
    "AML_CORS_ORIGINS",
    "AZUREML_ENTRY_SCRIPT",
    "AZUREML_MODEL_DIR",
    "AZUREML_SOURCE_DIRECTORY",
    "HTTP_X_MS_SERVER_VERSION",
    "SCORING_TIMEOUT_MS",
    "SERVER_VERSION_LOG_RESPONSE_ENABLED",
    "SERVICE_NAME",
    "SERVICE_PATH_PREFIX",
    "SERVICE_VERSION",
    "WORKER_COUNT",
    "WORKER_PRELOAD",
    "WORKSPACE_NAME",
)
_CONTRACT = "azmlinfsrv/1.5.1"
"""The version of the contract that the answers keep to; clients of Azure ML look at `x-ms-server-version`."""


class SettingsError(Exception):
    """An option, a name or a file that is wrong; one line that says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the front itself needs; `revision` is None when the first one comes through the control door."""

    revision: Revision | None
    host: str
    port: int | None
    control: Path | None
    keys: Path | None
    """None: everybody is let in, and that was asked for."""
    log_format: LogFormat
    log_file: Path | None
    tls_certificate: Path | None
    tls_key: Path | None
    tls_clients: Path | None
    """Certificates of those who may connect (mutual TLS)."""
    server_version: str | None
    open_metrics: bool
    drain_seconds: float
    drain_delay: float


def read_settings(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises `SettingsError`, or SystemExit as argparse does."""
    given = _parser().parse_args(_dashes(arguments))
    names = _names(given, environment)
    tls = [given.tls_certificate, given.tls_key]
    if any(tls) != all(tls):
        raise SettingsError("TLS needs both: --tls-certificate FILE and --tls-key FILE")
    version = names.get("HTTP_X_MS_SERVER_VERSION", _CONTRACT)
    says_version = names.get("SERVER_VERSION_LOG_RESPONSE_ENABLED", "true").lower() == "true"
    log_file = environment.get("JUPYTER_MLOPS_LOG_FILE")
    return Settings(
        revision=_revision(given, names),
        host=given.host,
        port=None if given.no_port else given.port,
        control=given.control,
        keys=None if given.no_port else _keys(environment),
        log_format=given.log_format,
        log_file=Path(log_file) if log_file else None,
        tls_certificate=given.tls_certificate,
        tls_key=given.tls_key,
        tls_clients=given.tls_clients,
        server_version=version if says_version else None,
        open_metrics=given.open_metrics,
        drain_seconds=given.drain_seconds,
        drain_delay=given.drain_delay,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m jupyter_mlops.scoring",
        description="Serve an entry script: init() once per worker, run(...) per request.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--entry-script", metavar="FILE", help="the script with init() and run() (else AZUREML_ENTRY_SCRIPT)")
    add("--model-dir", metavar="FOLDER", help="AZUREML_MODEL_DIR for the script")
    add("--host", default="127.0.0.1", help="address to listen on (default: this machine alone)")
    add("--port", type=int, default=5001, help="port to listen on, 0 for a free one (default: 5001)")
    add("--no-port", action="store_true", help="no public port: the control door alone")
    add("--workers", "--worker-count", type=int, metavar="N", help="processes that run the script (default: 1)")
    add("--threads", type=int, metavar="N", help="threads of a worker that call run() (default: 1)")
    add("--preload", action="store_true", help="load once and fork, so that workers share the model's pages")
    add(
        "--batch",
        nargs="?",
        type=int,
        const=64,
        metavar="N",
        help="merge up to N waiting requests into one run (default: 64)",
    )
    add("--batch-wait-ms", type=float, default=0.0, metavar="MS", help="wait so long for a fuller batch (default: 0)")
    add("--hot-reload", action="store_true", help="load the script again when it changes")
    add("--concurrency", type=int, metavar="N", help="runs at once (default: workers x threads)")
    add("--wait-ms", type=float, metavar="MS", help="how long a request waits for a worker before 503 (default: 500)")
    add("--scoring-timeout-ms", type=float, metavar="MS", help="how long a run may take before 504 (default: 60000)")
    add("--body-limit", type=int, metavar="BYTES", help="largest body (default: 104857600)")
    add("--init-timeout", type=float, metavar="SECONDS", help="how long init() may take (default: 600)")
    add(
        "--cors-origins",
        "--access-control-allow-origins",
        metavar="LIST",
        help="origins that may read answers: a,b or *",
    )
    add("--config-file", type=Path, metavar="FILE", help="JSON with the environment's names")
    add("--revision", type=Path, metavar="FILE", help="a revision as JSON, in place of the options above")
    add("--control", type=Path, metavar="SOCKET", help="Unix socket of the control door")
    add("--log-format", choices=("plain", "json"), default="plain")
    add("--tls-certificate", type=Path, metavar="FILE", help="certificate chain, read again when it changes")
    add("--tls-key", type=Path, metavar="FILE")
    add("--tls-clients", type=Path, metavar="FILE", help="certificates that clients must present one of (mutual TLS)")
    add("--open-metrics", action="store_true", help="/metrics without a key")
    add(
        "--drain-seconds", type=float, default=10.0, metavar="S", help="time for open requests at the end (default: 10)"
    )
    add(
        "--drain-delay", type=float, default=0.0, metavar="S", help="go on accepting so long after SIGTERM (default: 0)"
    )
    return parser


def _dashes(arguments: Sequence[str]) -> list[str]:
    """`--entry_script` is how Azure ML's server spells it."""
    found = []
    for word in arguments:
        name, separator, value = word.partition("=")
        found.append(name.replace("_", "-") + separator + value if name.startswith("--") else word)
    return found


def _names(given: argparse.Namespace, environment: Mapping[str, str]) -> dict[str, str]:
    """The names of the contract, from the file and then the environment."""
    names = {name: environment[name] for name in _AZURE_NAMES if environment.get(name)}
    file = given.config_file or (
        Path(environment["AZUREML_CONFIG_FILE"]) if environment.get("AZUREML_CONFIG_FILE") else None
    )
    if file is None:
        beside = [
            Path(names.get("AML_APP_ROOT", ".")),
            Path(given.entry_script or names.get("AZUREML_ENTRY_SCRIPT", ".")).parent,
        ]
        file = next((folder / "config.json" for folder in beside if (folder / "config.json").is_file()), None)
        if file is None:
            return names
    try:
        document = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file}: {error}") from None
    if not isinstance(document, dict):
        raise SettingsError(f"{file}: a JSON object is wanted")
    return {key: str(value) for key, value in document.items() if key in _AZURE_NAMES} | names


def _keys(environment: Mapping[str, str]) -> Path | None:
    folder = environment.get("JUPYTER_MLOPS_KEYS_DIR")
    if folder:
        return Path(folder)
    if environment.get("JUPYTER_MLOPS_AUTH", "").lower() == "off":
        return None
    raise SettingsError(
        "no keys: set JUPYTER_MLOPS_KEYS_DIR to a folder that holds the file primary,"
        " or JUPYTER_MLOPS_AUTH=off to let everybody in"
    )


def _revision(given: argparse.Namespace, names: Mapping[str, str]) -> Revision | None:
    try:
        if given.revision is not None:
            return Revision.from_json(given.revision.read_bytes())
        if not (given.entry_script or names.get("AZUREML_ENTRY_SCRIPT")):
            if given.control is not None:
                return None
            raise SettingsError("no script: give --entry-script FILE, or --revision FILE")
        return Revision.from_document(_document(given, names))
    except OSError as error:
        raise SettingsError(f"{given.revision}: {error.strerror}") from None
    except RevisionError as error:
        raise SettingsError(str(error)) from None


def _document(given: argparse.Namespace, names: Mapping[str, str]) -> dict[str, Any]:
    root = Path(names.get("AML_APP_ROOT", ".")).resolve()
    limits = {
        "body_bytes": given.body_limit,
        "concurrency": given.concurrency,
        "wait_ms": given.wait_ms,
        "scoring_timeout_ms": given.scoring_timeout_ms or _number(names, "SCORING_TIMEOUT_MS"),
        "init_timeout_s": given.init_timeout,
    }
    origins = given.cors_origins or names.get("AML_CORS_ORIGINS", "")
    workers = given.workers if given.workers is not None else _number(names, "WORKER_COUNT")
    return {
        "revision": None,
        "service": names.get("SERVICE_NAME", "ML service"),
        "service_version": names.get("SERVICE_VERSION", "1.0"),
        "workspace": names.get("WORKSPACE_NAME"),
        "path_prefix": names.get("SERVICE_PATH_PREFIX", ""),
        "isolated": False,
        "lock": None,
        "app_root": str(root),
        "entry_script": _entry_script(given, names, root),
        "source_directory": names.get("AZUREML_SOURCE_DIRECTORY"),
        "model_dir": given.model_dir or names.get("AZUREML_MODEL_DIR"),
        "models": [],
        "environment": {},
        "workers": int(workers) if workers is not None else 1,
        "threads": given.threads if given.threads is not None else 1,
        "preload": given.preload or names.get("WORKER_PRELOAD", "false").lower() == "true",
        "batch": {"max_size": given.batch, "max_wait_ms": given.batch_wait_ms} if given.batch else None,
        "limits": {key: value for key, value in limits.items() if value is not None},
        "signature": None,
        "cors_origins": [origin.strip() for origin in origins.split(",") if origin.strip()],
        "hot_reload": given.hot_reload,
        "collect": None,
        "probe": None,
    }


def _entry_script(given: argparse.Namespace, names: Mapping[str, str], root: Path) -> str:
    """The command line means it from the working folder, the environment from the app root or its source folder."""
    if given.entry_script:
        path = Path(given.entry_script).resolve()
    else:
        named = names["AZUREML_ENTRY_SCRIPT"]
        folders = [root, root / names.get("AZUREML_SOURCE_DIRECTORY", "."), Path.cwd()]
        path = next((folder / named for folder in folders if (folder / named).is_file()), root / named).resolve()
    if not path.is_file():
        raise SettingsError(f"{path}: there is no such script")
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _number(names: Mapping[str, str], name: str) -> float | None:
    if name not in names:
        return None
    try:
        return float(names[name])
    except ValueError:
        raise SettingsError(f"{name} is {names[name]!r}: a number is wanted") from None
