"""What the stages hand to each other: frozen dataclasses, plain data, no behaviour beyond their own digest.

The rule: imports nothing but `errors`. Times are UTC and aware. Digests are `sha256` in hex.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

__all__ = [
    "CapturedModel",
    "CapturedScript",
    "ColumnProfile",
    "ColumnSpec",
    "EnvironmentLock",
    "EnvironmentRecord",
    "EventRecord",
    "ExperimentRecord",
    "FileEntry",
    "FileTree",
    "ImageManifest",
    "ImageRecord",
    "LineOrigin",
    "LockedPackage",
    "ManifestBase",
    "ManifestModel",
    "ManifestScript",
    "ModelRecord",
    "OperationKind",
    "OperationRecord",
    "OperationState",
    "Progress",
    "ProofResult",
    "Provenance",
    "RevisionRecord",
    "RunRecord",
    "ScriptRecord",
    "ServiceOptions",
    "ServiceRecord",
    "ServiceSpec",
    "ServiceState",
    "ServiceStatus",
    "Signature",
    "TargetRecord",
    "canonical_json",
    "digest_of",
]


def canonical_json(document: Any) -> bytes:
    """The one spelling of a JSON document: sorted keys, no spaces, UTF-8. Digests are taken of it."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(document: Any) -> str:
    """The sha256 of a document's canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(document)).hexdigest()


# ── where a thing came from ──


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a record came from: the notebook, the cell, the machine, the commit, the person."""

    user: str
    host: str
    python: str
    """`platform.python_version()` of the process that captured it."""
    kernel: str | None = None
    """The kernel's connection-file id; None outside a kernel."""
    notebook: str | None = None
    """The notebook's path, as its Jupyter server names it; None where nobody said."""
    cell: int | None = None
    """The cell's execution count."""
    git_commit: str | None = None
    git_dirty: bool = False


# ── files ──


@dataclass(frozen=True, order=True)
class FileEntry:
    """One file of a tree: its POSIX path inside it, its size in bytes, the digest of its bytes."""

    path: str
    size: int
    sha256: str
    executable: bool = False


@dataclass(frozen=True)
class FileTree:
    """Immutable files, sorted by path. A single file is a tree of one entry."""

    entries: tuple[FileEntry, ...]

    @property
    def digest(self) -> str:
        """The sha256 of the entries' canonical JSON."""
        return digest_of([asdict(entry) for entry in self.entries])

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(entry.size for entry in self.entries)


# ── models ──


@dataclass(frozen=True)
class ColumnSpec:
    """One column of a frame, or one named field. `dtype` is numpy's name (`float64`, `object`, `datetime64[ns]`).

    `categories` are all values that a `category` column may take, in order (JSON values).
    """

    name: str
    dtype: str
    categories: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """A column of a training sample in figures (`telemetry/profile.py` makes and reads them).

    `count` rows, `missing` of them without a value. Of numbers: mean, standard deviation, least, most, the `edges`
    between bins and the share of the values in each (one more than edges). Of anything else: the `top` values with
    their shares, most frequent first.
    """

    name: str
    count: int
    missing: int = 0
    mean: float | None = None
    deviation: float | None = None
    least: float | None = None
    most: float | None = None
    edges: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    top: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a model was shown by `--sample`.

    `kind` is `frame` (columns), `series`, `array` (dtype and shape, whose first dimension is None: rows) or
    `value` (any other JSON). `example` is the sample's first rows as they go over the wire (JSON values). `profile`
    has the figures of each column, with the model alone: an image's signature has none.
    """

    kind: Literal["frame", "series", "array", "value"]
    columns: tuple[ColumnSpec, ...] = ()
    dtype: str | None = None
    shape: tuple[int | None, ...] = ()
    example: Any = None
    profile: tuple[ColumnProfile, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CapturedModel:
    """A live object, file or folder, written out as files under `folder` and ready to register.

    `requirements` are distribution names (no versions) that loading the model needs.
    """

    folder: str
    flavor: str
    framework: str | None = None
    framework_version: str | None = None
    signature: Signature | None = None
    requirements: tuple[str, ...] = ()
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ModelRecord:
    """`name:version`: immutable files, mutable tags, add-only properties."""

    name: str
    version: int
    digest: str
    """Of its `FileTree`."""
    size: int
    flavor: str
    framework: str | None
    framework_version: str | None
    description: str | None
    version_tag: str | None
    tags: dict[str, str]
    properties: dict[str, str]
    signature: Signature | None
    requirements: tuple[str, ...]
    run_id: str | None
    experiment_name: str | None
    provenance: Provenance
    created: datetime

    @property
    def id(self) -> str:
        """`name:version`, as Azure ML v1 spelled it."""
        return f"{self.name}:{self.version}"


# ── scripts and environments ──


@dataclass(frozen=True)
class LineOrigin:
    """Line `line` (from 1) of the generated script was line `source_line` of what the user typed in `source`.

    `source` is what a person calls the place: `Cell [7]`, or a file's path.
    """

    line: int
    source: str
    source_line: int


@dataclass(frozen=True, kw_only=True)
class CapturedScript:
    """An entry script that stands alone, written out under `folder`.

    `imports` are the top-level modules that it and the files beside it import; `sample_input` is the body of a
    request (JSON text), `sample_output` the JSON value the answer is checked against.
    """

    folder: str
    entry_script: str
    """POSIX path inside the folder."""
    models: tuple[str, ...] = ()
    """`name` or `name:version`."""
    imports: tuple[str, ...] = ()
    lines: tuple[LineOrigin, ...] = ()
    sample_input: str | None = None
    sample_output: Any = None
    has_sample_output: bool = False
    source_directory: str = "source"
    """The name that the folder has in the service: a script may open `./NAME/data.csv`."""
    warnings: tuple[str, ...] = ()
    """What a person should know before it is proven (an import that only our scoring server still brings)."""


@dataclass(frozen=True, kw_only=True)
class ProofResult:
    """What a script answered in a clean process. `proven` is False when there was no sample to send."""

    proven: bool
    status: int | None = None
    answer: Any = None
    milliseconds: float | None = None
    warnings: tuple[str, ...] = ()
    lock: str | None = None
    """Digest of the environment it was proven in."""


@dataclass(frozen=True, kw_only=True)
class ScriptRecord:
    """An entry script: kept by content hash, findable by name (the newest of a name counts)."""

    name: str
    digest: str
    entry_script: str
    models: tuple[str, ...]
    imports: tuple[str, ...]
    lines: tuple[LineOrigin, ...]
    sample_input: str | None
    sample_output: Any
    has_sample_output: bool
    proof: ProofResult | None
    provenance: Provenance
    created: datetime
    source_directory: str = "source"
    """The name that the script's folder has in the service."""


@dataclass(frozen=True, kw_only=True)
class LockedPackage:
    """One distribution of the closure. `modules` are its top-level import names.

    `wheel` is the blob digest of a wheel that no index serves (an editable or VCS install built on the spot).
    """

    name: str
    version: str
    modules: tuple[str, ...] = ()
    direct: bool = False
    wheel: str | None = None


@dataclass(frozen=True, kw_only=True)
class EnvironmentLock:
    """The exact packages a script needs: the transitive closure, sorted by name.

    `differences` are lines such as `scikit-learn 1.9 in the kernel, 1.5 in conda.yml`; `source` is `kernel`,
    or the file that was given.
    """

    python: str
    packages: tuple[LockedPackage, ...]
    source: str = "kernel"
    differences: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Of the Python version and the packages alone: two roads to the same packages are one environment."""
        return digest_of({"python": self.python, "packages": [asdict(package) for package in self.packages]})


@dataclass(frozen=True, kw_only=True)
class EnvironmentRecord:
    """`Environment.register`: a name and version for what was asked for (not yet a lock)."""

    name: str
    version: int
    definition: dict[str, Any]
    created: datetime


# ── images ──


@dataclass(frozen=True)
class ManifestModel:
    name: str
    version: int
    digest: str


@dataclass(frozen=True)
class ManifestScript:
    name: str
    digest: str
    entry_script: str
    source_directory: str = "source"


@dataclass(frozen=True, kw_only=True)
class ManifestBase:
    """What an image stands on in a container, where that is not the default base. It names no credentials.

    `reference` is as an engine takes it (`registry/name:tag`); empty: the default base of the Python version.
    """

    reference: str = ""
    digest: str | None = None
    """Of the reference in its registry (`sha256:…`); None: no engine has said it, or it is in an engine alone."""
    id: str | None = None
    """Of one that is in an engine alone: its id there."""
    steps: str = ""
    """Lines of a Dockerfile that run on it."""
    dockerfile: str = ""
    """A whole Dockerfile that makes the base, in place of `reference`."""


@dataclass(frozen=True, kw_only=True)
class ImageManifest:
    """What is frozen in an image; its digest is the image's address.

    `lock` is the digest of the `EnvironmentLock`, kept as a blob; `scoring` the version of the scoring server;
    `base` what was asked for in place of the default one.
    """

    models: tuple[ManifestModel, ...]
    script: ManifestScript
    lock: str
    python: str
    scoring: str
    signature: Signature | None = None
    sample_input: str | None = None
    sample_output: Any = None
    has_sample_output: bool = False
    base: ManifestBase | None = None

    def document(self) -> dict[str, Any]:
        """As JSON. An image on the default base says nothing of one, and none says anything of a profile, so that its
        digest is as it ever was."""
        known = {name: value for name, value in asdict(self).items() if name != "base" or value is not None}
        if self.signature is not None:
            known["signature"] = {name: value for name, value in known["signature"].items() if name != "profile"}
        return known

    @property
    def digest(self) -> str:
        return digest_of(self.document())


@dataclass(frozen=True, kw_only=True)
class ImageRecord:
    """`name:version` of a manifest."""

    name: str
    version: int
    digest: str
    manifest: ImageManifest
    description: str | None
    tags: dict[str, str]
    properties: dict[str, str]
    operation: str | None
    """The operation that built it: its log is the build log."""
    provenance: Provenance
    created: datetime

    @property
    def id(self) -> str:
        return f"{self.name}:{self.version}"


# ── services ──

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

    `content` is the unpacked image on this machine (`app/`, `lock.json`, `manifest.json`), for targets that run
    files; `interpreter` the Python that satisfied the lock when it was made.
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


# ── operations and events ──

OperationKind = Literal["build", "deploy", "update", "delete", "register"]
OperationState = Literal["Queued", "Running", "Succeeded", "Failed", "Cancelled", "Interrupted"]


@dataclass(frozen=True, kw_only=True)
class OperationRecord:
    """One long action. `subject` is `service/NAME`, `image/NAME` or `model/NAME`; `arguments` and `result` are JSON."""

    id: str
    kind: OperationKind
    subject: str
    state: OperationState
    stages: tuple[str, ...]
    stage: str | None
    progress: float | None
    """0 … 1 within the stage; None when nobody knows."""
    arguments: dict[str, Any]
    result: dict[str, Any]
    error: dict[str, Any] | None
    """`MlopsError.to_dict()`."""
    user: str
    host: str
    created: datetime
    started: datetime | None
    finished: datetime | None
    heartbeat: datetime | None
    cancel_requested: bool = False


@dataclass(frozen=True, kw_only=True)
class EventRecord:
    """One line of the append-only table that every surface follows. `number` counts up and is the cursor."""

    number: int
    time: datetime
    subject: str
    """`model/N:1`, `image/N:1`, `service/N`, `operation/ID`."""
    kind: str
    """`registered`, `updated`, `deleted`, `stage`, `progress`, `log`, `state`."""
    message: str
    data: dict[str, Any]


class Progress(Protocol):
    """How a long action says where it is; every stage that takes time takes one."""

    def stage(self, name: str) -> None:
        """A new stage begins. Raises `OperationError` when the operation was cancelled."""

    def log(self, line: str) -> None:
        """One line of what is being done or said."""

    def fraction(self, done: float) -> None:
        """0 … 1 of the current stage."""


# ── experiments ──


@dataclass(frozen=True, kw_only=True)
class ExperimentRecord:
    name: str
    created: datetime


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """`Experiment.start_logging()`. `metrics` maps a name to its values in order; `files` a path to a blob digest."""

    id: str
    experiment: str
    number: int
    status: Literal["Running", "Completed", "Failed", "Canceled"]
    metrics: dict[str, list[Any]]
    tags: dict[str, str]
    properties: dict[str, str]
    files: dict[str, FileEntry]
    provenance: Provenance
    created: datetime
    finished: datetime | None
