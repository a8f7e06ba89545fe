"""The seam: where a service can run. Every target passes `tests/contracts/test_targets.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol

from jupyter_mlops.errors import UnsupportedError, UsageError
from jupyter_mlops.records import LineOrigin, ManifestScript, Progress, ServiceOptions, ServiceSpec, ServiceStatus

__all__ = [
    "Capabilities",
    "NewScript",
    "ProbeAnswer",
    "Silent",
    "Target",
    "check_values",
    "options_schema",
    "refuse_reload",
    "refuse_unknown_options",
]


@dataclass(frozen=True, kw_only=True)
class ProbeAnswer:
    """What the first worker answered to the sample request, before any traffic reaches it.

    `body` is text as it came over the wire; `output` the schema (OpenAPI 3) that the script declared for its answer.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str
    milliseconds: float | None = None
    warnings: tuple[str, ...] = ()
    output: dict[str, Any] | None = None
    traceback: str | None = None
    """Of a run() that raised, at the lines of the user's cell."""
    alone: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    """Where rows are put together (`batch_max_size`): the bodies answered to the sample's rows one by one, and in one
    run. Empty where the sample has no rows to part."""


@dataclass(frozen=True, kw_only=True)
class NewScript:
    """A script to put in the place of the one that serves: its files lie below `folder`, on this machine."""

    folder: Path
    script: ManifestScript
    lines: tuple[LineOrigin, ...] = ()
    sample_input: str | None = None


class Silent:
    """A `Progress` for nobody."""

    def stage(self, name: str) -> None:
        """Nobody follows."""

    def log(self, line: str) -> None:
        """Nobody follows."""

    def fraction(self, done: float) -> None:
        """Nobody follows."""


@dataclass(frozen=True)
class Capabilities:
    """The `ServiceOptions` that a target honours, by name, and their JSON schema (what a form is made of)."""

    options: frozenset[str]
    schema: dict[str, Any]


class Target(Protocol):
    """Runs services. Each method raises `ServiceError` (or a subclass) in one line.

    `deploy` is idempotent: the same spec again changes nothing. It starts the spec beside what is serving, hands the
    answer of the sample request to `check`, and switches traffic when `check` does not raise; otherwise what was
    serving keeps serving.
    """

    kind: ClassVar[str]

    def __init__(self, workspace_id: str, configuration: dict[str, Any]) -> None: ...

    def capabilities(self) -> Capabilities: ...

    def check(self, options: ServiceOptions) -> None:
        """Raise `UnsupportedError` for an option that is set and cannot be honoured."""

    def deploy(self, spec: ServiceSpec, progress: Progress, check: Callable[[ProbeAnswer], None]) -> ServiceStatus: ...

    def status(self, name: str) -> ServiceStatus:
        """What is there now. Raises `NotFoundError` for a service that the target does not know."""

    def start(self, name: str) -> ServiceStatus:
        """Bring up again, after a reboot or a crash, the revision that was serving."""

    def reload(self, name: str, new: NewScript, progress: Progress, check: Callable[[ProbeAnswer], None]) -> None:
        """Serve with another script until the next deploy or the same script again; no request is lost.

        Only where the service was deployed with `hot_reload` (`UsageError` elsewhere). A script that does not start,
        or whose answer `check` refuses, leaves the one before serving. From then on the status `differs`.
        """

    def collected(self, name: str, folder: Path) -> None:
        """Copy what the script's `ModelDataCollector` kept into `folder`; nothing was kept: nothing is copied."""

    def delete(self, name: str, *, keep_data: bool = False, keep_cache: bool = False) -> None:
        """Drain, stop, and leave nothing; a service that is not there is no error.

        With `keep_data` what was collected stays, and is that of the next service of this name; with `keep_cache`
        files and environments of this machine that it ran from stay.
        """

    def names(self) -> list[str]:
        """The services that it finds."""

    def logs(self, name: str, lines: int = 100, follow: bool = False) -> Iterator[str]:
        """The last `lines` lines, and with `follow` those that come, without their line ends.

        A target that knows places in its log may have `log_page(name, cursor, lines) -> LogPage` beside it
        (`services.log_pages`); of one that has not, the sidebar counts the lines.
        """

    def keys(self, name: str) -> tuple[str, str]:
        """Primary and secondary. Raises `ServiceError` where `auth_enabled=False`."""

    def regenerate_key(self, name: str, key: str) -> str:
        """A new random key, in force at once; `key` is `primary` or `secondary`."""

    def set_key(self, name: str, key: str, value: str) -> None:
        """A key of the caller's choice, in force at once."""

    def metrics(self, name: str) -> str:
        """The service's metrics in Prometheus' text format."""


def refuse_unknown_options(
    kind: str, options: ServiceOptions, honoured: frozenset[str], advice: Mapping[str, str]
) -> None:
    """Raise `UnsupportedError` for the first option that differs from its default and is not honoured."""
    default = ServiceOptions()
    for option in fields(ServiceOptions):
        if option.name in honoured or getattr(options, option.name) == getattr(default, option.name):
            continue
        raise UnsupportedError(
            f"the target {kind!r} cannot honour {option.name}={getattr(options, option.name)!r}",
            hint=advice.get(option.name, "leave it out"),
        )


def refuse_reload(service: str, document: Mapping[str, Any]) -> None:
    """Raise `UsageError` for a revision document without `hot_reload`."""
    if not document["hot_reload"]:
        raise UsageError(
            f"service {service!r} was deployed without hot_reload, its script cannot be reloaded",
            hint="update it with hot_reload first, or give the changed script to an ordinary update",
        )


_LEAST = {
    "port": 1,
    "workers": 1,
    "threads": 1,
    "batch_max_size": 1,
    "batch_max_wait_ms": 0,
    "scoring_timeout_ms": 1,
    "init_timeout_s": 1,
    "replica_max_concurrent_requests": 1,
    "max_request_wait_time": 0,
    "max_body_bytes": 1,
}
_MOST_PORT = 65_535


def check_values(options: ServiceOptions) -> None:
    """Raise `UsageError` for a value that no target can honour."""
    for name, least in _LEAST.items():
        value = getattr(options, name)
        if value is not None and value < least:
            raise UsageError(f"{name}={value} is too small", hint=f"at least {least}")
    if options.port is not None and options.port > _MOST_PORT:
        raise UsageError(f"port={options.port} is no port", hint=f"1 to {_MOST_PORT}, or leave it out")
    if options.batch_max_wait_ms is not None and options.batch_max_size is None:
        raise UsageError("batch_max_wait_ms without batch_max_size", hint="give batch_max_size as well")
    if (options.ssl_cert_file is None) != (options.ssl_key_file is None):
        raise UsageError("TLS needs both ssl_cert_file and ssl_key_file", hint="give the other one as well")
    for name, text in options.environment_variables.items():
        if not name or "=" in name or "\0" in name + text:
            raise UsageError(f"{name!r} cannot be the name of an environment variable, or its value has a zero byte")


def options_schema(names: frozenset[str]) -> dict[str, Any]:
    """The JSON schema of these options."""
    properties = {option.name: _property(str(option.type)) for option in fields(ServiceOptions) if option.name in names}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _property(annotation: str) -> dict[str, Any]:
    """`int | None` → `{"type": ["integer", "null"]}`."""
    if annotation.startswith("tuple"):
        return {"type": "array", "items": {"type": "string"}}
    if annotation.startswith("dict"):
        return {"type": "object", "additionalProperties": {"type": "string"}}
    names = {"int": "integer", "float": "number", "str": "string", "bool": "boolean", "None": "null"}
    kinds = [names[part.strip()] for part in annotation.split("|")]
    return {"type": kinds if len(kinds) > 1 else kinds[0]}
