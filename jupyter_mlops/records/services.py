"""What runs, where, with which options."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from jupyter_mlops.records.environments import EnvironmentLock
from jupyter_mlops.records.images import ImageManifest
from jupyter_mlops.records.provenance import Provenance
from jupyter_mlops.records.scripts import LineOrigin

__all__ = [
    "RevisionRecord",
    "ServiceOptions",
    "ServiceRecord",
    "ServiceSpec",
    "ServiceState",
    "ServiceStatus",
    "TargetRecord",
]

ServiceState = Literal["Transitioning", "Healthy", "Unhealthy", "Unschedulable", "Failed"]


@dataclass(frozen=True, kw_only=True)
class ServiceOptions:
    """The options of a deployment. A target refuses, by name, one that is set and that it cannot honour.

    None means: the target's default.
    """

    port: int | None = None
    host: str | None = None
    auth_enabled: bool = True
    workers: int | None = None
    threads: int | None = None
    preload: bool = False
    """The script is loaded and `init()` run once for all workers, which are forks that share the model's pages."""
    cpu_cores: float | None = None
    memory_gb: float | None = None
    gpu_cores: int | None = None
    replicas: int | None = None
    batch_max_size: int | None = None
    batch_max_wait_ms: int | None = None
    scoring_timeout_ms: int | None = None
    init_timeout_s: int | None = None
    replica_max_concurrent_requests: int | None = None
    max_request_wait_time: int | None = None
    """Milliseconds."""
    max_body_bytes: int | None = None
    cors_origins: tuple[str, ...] = ()
    enable_app_insights: bool = False
    collect_model_data: bool = False
    hot_reload: bool = False
    ssl_cert_file: str | None = None
    ssl_key_file: str | None = None
    environment_variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ServiceSpec:
    """All that a target needs to run one revision: pure data, `deploy(spec)` is idempotent.

    `content` is the unpacked image on this machine (`app/`, `lock.json`, `manifest.json`), `interpreter` the Python
    that satisfied the lock when it was made: both for targets that run files, empty for those that run containers.
    """

    service: str
    revision: int
    workspace: str
    image: str
    """`name:version`."""
    manifest: ImageManifest
    lock: EnvironmentLock
    content: str
    interpreter: str
    options: ServiceOptions
    lines: tuple[LineOrigin, ...] = ()
    container: str | None = None
    """The image's container rendering in the target's engine (`sha256:…`), for targets that run containers."""


@dataclass(frozen=True, kw_only=True)
class RevisionRecord:
    """One immutable spec of a service: an update makes a new one, a roll-back makes an old one current again."""

    service: str
    number: int
    image: str
    options: ServiceOptions
    provenance: Provenance
    created: datetime


@dataclass(frozen=True, kw_only=True)
class ServiceRecord:
    """A name on a target, and the revision that is wanted."""

    name: str
    target: str
    """Kind: `process`, `docker`, …"""
    target_name: str | None
    """Name of an attached target; None for the kind's own."""
    host: str
    """The machine that runs it, for targets of one machine."""
    interpreter: str
    revision: int | None
    """The desired revision; None until the first one was ready."""
    description: str | None
    tags: dict[str, str]
    properties: dict[str, str]
    provenance: Provenance
    created: datetime
    updated: datetime


@dataclass(frozen=True, kw_only=True)
class ServiceStatus:
    """What the target sees now. `error` is one line, `details` the user's own traceback or the last log lines."""

    state: ServiceState
    revision: int | None = None
    scoring_uri: str | None = None
    swagger_uri: str | None = None
    replicas: int = 0
    error: str | None = None
    details: str | None = None
    differs: str | None = None
    """How what runs is not what the revision's image holds (a reloaded script); None where it is."""


@dataclass(frozen=True, kw_only=True)
class TargetRecord:
    """`computetarget attach`: a name for a kind and its configuration (references to secrets, never secrets)."""

    name: str
    kind: str
    configuration: dict[str, Any]
    created: datetime
