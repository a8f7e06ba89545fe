"""What the stages hand to each other: frozen dataclasses, plain data, no behaviour beyond their own digest.

The rule: imports nothing but `errors`. Times are UTC and aware. Digests are `sha256` in hex.
"""

from __future__ import annotations

from jupyter_mlops.records.digests import canonical_json, digest_of
from jupyter_mlops.records.environments import EnvironmentLock, EnvironmentRecord, LockedPackage
from jupyter_mlops.records.experiments import ExperimentRecord, RunRecord
from jupyter_mlops.records.files import FileEntry, FileTree
from jupyter_mlops.records.images import ImageManifest, ImageRecord, ManifestBase, ManifestModel, ManifestScript
from jupyter_mlops.records.models import CapturedModel, ColumnProfile, ColumnSpec, ModelRecord, Signature
from jupyter_mlops.records.operations import EventRecord, OperationKind, OperationRecord, OperationState, Progress
from jupyter_mlops.records.provenance import Provenance
from jupyter_mlops.records.scripts import CapturedScript, LineOrigin, ProofResult, ScriptRecord
from jupyter_mlops.records.services import (
    RevisionRecord,
    ServiceOptions,
    ServiceRecord,
    ServiceSpec,
    ServiceState,
    ServiceStatus,
    TargetRecord,
)

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
