"""Containers and volumes of a service as the engine's API wants them. Purely computational.

mlops-<service>-<workspace>-front-<generation>      the port, the keys, the control door; runs no user code
mlops-<service>-<workspace>-r<revision>-<i>-<gen>   a replica: an attendant and its workers
volume …-front      keys, the revision to serve after a restart; mounted in the front alone
volume …-sockets    the Unix sockets of the replicas
volume …-data       what the script collects, and scripts that were reloaded; mounted in the replicas, where asked for
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from jupyter_mlops.records import ServiceOptions, ServiceSpec

__all__ = [
    "COLLECTED",
    "CONTROL",
    "DATA",
    "FRONT",
    "KEYS",
    "LABEL",
    "PORT",
    "PYTHON",
    "SCRIPTS",
    "SOCKETS",
    "Settings",
    "data_volume",
    "document",
    "front_container",
    "labels",
    "needs_data",
    "prefix",
    "volumes",
    "worker_container",
]

LABEL = "org.jupyter-mlops"
IMAGE = "/opt/mlops/image"
ENVIRONMENT = "/opt/mlops/env/bin/python"
PYTHON = "/opt/mlops/server/bin/python"
FRONT, SOCKETS = "/run/mlops/front", "/run/mlops/sockets"
KEYS, TLS, REVISION = f"{FRONT}/keys", f"{FRONT}/tls", f"{FRONT}/revision.json"
DATA = "/run/mlops/data"
COLLECTED, SCRIPTS = f"{DATA}/collected", f"{DATA}/scripts"
CONTROL = "/tmp/control.sock"
"""On the front's own tmpfs: no worker reaches it."""
PORT = 5001
FRONT_USER, WORKER_USER, GROUP = 10001, 10002, 10000

_LOG = {"type": "json-file", "config": {"max-size": "20m", "max-file": "3"}}
_GIB = 1024**3
# The revision that served before comes up by itself when the engine starts the front again.
_SERVE = f'[ -s {REVISION} ] && set -- "$@" --revision {REVISION}; exec "$@"'


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a front is made with and keeps for its life. `port` 0: one that the target chooses."""

    host: str = "127.0.0.1"
    port: int = 0
    auth_enabled: bool = True
    tls: bool = False
    """The certificate and its key lie on the volume: a renewed one is taken over where it lies."""

    def differs(self, wanted: Settings) -> bool:
        """Whether a front of these settings must be made anew to be as wanted."""
        return self != (wanted if wanted.port else replace(wanted, port=self.port))

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Settings:
        return cls(**json.loads(text))


def prefix(workspace: str, service: str) -> str:
    """How the names of all that a service owns begin."""
    return f"mlops-{service}-{hashlib.sha256(workspace.encode()).hexdigest()[:8]}"


def labels(workspace: str, service: str, role: str, **more: str) -> dict[str, str]:
    """What everything is found again by."""
    known = {"workspace": workspace, "service": service, "role": role, **more}
    return {f"{LABEL}.{name}": value for name, value in known.items()}


def volumes(workspace: str, service: str) -> dict[str, str]:
    """Name of a volume → where it is mounted in the front."""
    name = prefix(workspace, service)
    return {f"{name}-front": FRONT, f"{name}-sockets": SOCKETS}


def _held() -> dict[str, Any]:
    """What all containers have in common: nothing of the machine is theirs, and they come back by themselves."""
    return {
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "log_config": _LOG,
        "restart_policy": {"Name": "unless-stopped"},
        "detach": True,
    }


def front_container(workspace: str, service: str, image: str, settings: Settings, generation: str) -> dict[str, Any]:
    """The keywords of `containers.create` for a front."""
    serve = [
        PYTHON,
        "-P",
        "-m",
        "jupyter_mlops.scoring",
        "--control",
        CONTROL,
        "--host",
        "0.0.0.0",
        "--port",
        str(PORT),
    ]
    if settings.tls:
        serve += ["--tls-certificate", f"{TLS}/certificate.pem", "--tls-key", f"{TLS}/key.pem"]
    keys = {"JUPYTER_MLOPS_KEYS_DIR": KEYS} if settings.auth_enabled else {"JUPYTER_MLOPS_AUTH": "off"}
    return {
        **_held(),
        "image": image,
        "name": f"{prefix(workspace, service)}-front-{generation}",
        "entrypoint": ["/bin/sh", "-c", _SERVE, "sh"],
        "command": serve,
        "user": f"{FRONT_USER}:{GROUP}",
        "working_dir": "/tmp",
        "environment": {**keys, "PYTHONUNBUFFERED": "1", "HOME": "/tmp"},
        "ports": {f"{PORT}/tcp": (settings.host, settings.port)},
        "volumes": {name: {"bind": at, "mode": "rw"} for name, at in volumes(workspace, service).items()},
        "tmpfs": {"/tmp": "rw,nosuid,nodev,mode=1777"},
        "labels": labels(workspace, service, "front", settings=settings.to_json(), generation=generation),
    }


def worker_container(workspace: str, spec: ServiceSpec, number: int, generation: str) -> dict[str, Any]:
    """The keywords of `containers.create` for a replica."""
    minor = ".".join(spec.lock.python.split(".")[:2])
    attend = f"/opt/mlops/server/lib/python{minor}/site-packages/jupyter_mlops/scoring/worker/attend.py"
    name = _replica(spec.revision, number, generation)
    volumes = {f"{prefix(workspace, spec.service)}-sockets": {"bind": SOCKETS, "mode": "rw"}}
    if needs_data(spec.options):
        volumes[data_volume(workspace, spec.service)] = {"bind": DATA, "mode": "rw"}
    environment = {"HOME": "/tmp", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {
        **_held(),
        **_limits(spec.options),
        "image": spec.container,
        "name": f"{prefix(workspace, spec.service)}-{name}",
        "entrypoint": [ENVIRONMENT, "-I", attend],
        "command": [socket(spec.revision, number, generation)],
        "user": f"{WORKER_USER}:{GROUP}",
        "working_dir": f"{IMAGE}/app",
        # Process ids begin anew in each container: what a replica collects is told apart by its name.
        "environment": {**environment, "JUPYTER_MLOPS_REPLICA": name},
        "volumes": volumes,
        "tmpfs": {"/tmp": "rw,exec,nosuid,nodev,mode=1777"},
        "labels": labels(workspace, spec.service, "worker", revision=str(spec.revision), generation=generation),
    }


def socket(revision: int, number: int, generation: str) -> str:
    """Where a replica listens."""
    return f"{SOCKETS}/{_replica(revision, number, generation)}.sock"


def _replica(revision: int, number: int, generation: str) -> str:
    return f"r{revision}-{number}-{generation}"


def data_volume(workspace: str, service: str) -> str:
    """The volume that the replicas alone see."""
    return f"{prefix(workspace, service)}-data"


def needs_data(options: ServiceOptions) -> bool:
    """Whether replicas get the volume."""
    return options.hot_reload or options.collect_model_data


def _limits(options: ServiceOptions) -> dict[str, Any]:
    """Of each replica."""
    found: dict[str, Any] = {}
    if options.cpu_cores is not None:
        found["nano_cpus"] = int(options.cpu_cores * 1_000_000_000)
    if options.memory_gb is not None:
        found["mem_limit"] = found["memswap_limit"] = int(options.memory_gb * _GIB)
    if options.gpu_cores:
        found["device_requests"] = [{"Driver": "", "Count": options.gpu_cores, "Capabilities": [["gpu"]]}]
    return found


def document(revision: Mapping[str, Any], spec: ServiceSpec, generation: str) -> dict[str, Any]:
    """The revision document of `services/process/revision.py` with its workers in these containers."""
    replicas, workers = spec.options.replicas or 1, spec.options.workers or 1
    sockets = [socket(spec.revision, number, generation) for number in range(replicas)] * workers
    return {**revision, "python": ENVIRONMENT, "fallback": None, "workers": len(sockets), "attendants": sockets}
