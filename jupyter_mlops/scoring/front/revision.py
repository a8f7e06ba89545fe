"""One revision of a service, as JSON: what the workers load and within which limits. Sent to each worker as it came."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

__all__ = ["Limits", "Revision", "RevisionError"]


class RevisionError(Exception):
    """A revision that cannot be read; says which field and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of requests and of starting."""

    body_bytes: int = 104_857_600
    concurrency: int | None = None
    """Runs at once (a batch is one) over all workers; None: as many as the workers have threads."""
    wait_ms: float = 500
    scoring_timeout_ms: float = 60_000
    init_timeout_s: float = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What the front itself needs of a revision; `document` is the whole, and is what workers get."""

    document: dict[str, Any]
    revision: int | None = None
    service: str = "ML service"
    service_version: str = "1.0"
    python: str = sys.executable
    fallback: tuple[str, ...] = ()
    app_root: str = "."
    entry_script: str | None = None
    models: tuple[str, ...] = ()
    """`name:version` of each."""
    environment: dict[str, str] = field(default_factory=dict)
    workers: int = 1
    threads: int = 1
    preload: bool = False
    attendants: tuple[str, ...] = ()
    """Sockets of the containers that the workers run in, in turn; empty: processes beside the front."""
    limits: Limits = field(default_factory=Limits)
    cors_origins: tuple[str, ...] = ()
    path_prefix: str = ""
    hot_reload: bool = False
    probe: str | None = None
    """The body of a request that a candidate answers before it is called ready."""
    probe_rows: tuple[str, ...] = ()
    """Its rows as requests of their own: where rows are put together, these show that it changes no answer."""

    @staticmethod
    def from_json(text: str | bytes) -> Revision:
        """Reads a revision; raises `RevisionError`."""
        try:
            document = json.loads(text)
        except ValueError as error:
            raise RevisionError(f"The revision is not JSON: {error}") from None
        if not isinstance(document, dict):
            raise RevisionError("The revision is not a JSON object.")
        return Revision.from_document(document)

    @staticmethod
    def from_document(document: dict[str, Any]) -> Revision:
        """The revision of a JSON object; what it leaves out has its default, the workers get all that it has."""
        given = {key: value for key, value in document.items() if value is not None}
        limits = _limits(given.get("limits", {}))
        try:
            return Revision(
                document=document,
                revision=int(given["revision"]) if "revision" in given else None,
                service=str(given.get("service", "ML service")),
                service_version=str(given.get("service_version", "1.0")),
                python=str(given.get("python", sys.executable)),
                fallback=tuple(map(str, given.get("fallback", ()))),
                app_root=str(Path(given.get("app_root", ".")).resolve()),
                entry_script=given.get("entry_script"),
                models=tuple(f"{model['name']}:{model.get('version', 1)}" for model in given.get("models", ())),
                environment={str(key): str(value) for key, value in given.get("environment", {}).items()},
                workers=_at_least_one(given, "workers"),
                threads=_at_least_one(given, "threads"),
                preload=bool(given.get("preload", False)),
                attendants=tuple(map(str, given.get("attendants", ()))),
                limits=limits,
                cors_origins=tuple(map(str, given.get("cors_origins", ()))),
                path_prefix=str(given.get("path_prefix", "")),
                hot_reload=bool(given.get("hot_reload", False)),
                probe=(given.get("probe") or {}).get("body"),
                probe_rows=tuple(map(str, (given.get("probe") or {}).get("rows") or ())),
            )
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise RevisionError(f"The revision cannot be read: {error!r}") from None

    @property
    def model_label(self) -> str:
        """All models in one label."""
        return ",".join(self.models)


def _limits(given: dict[str, Any]) -> Limits:
    known = {one.name for one in fields(Limits)}
    chosen = {key: value for key, value in given.items() if key in known and (value is not None)}
    for key, value in chosen.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or value < (1 if key == "concurrency" else 0):
            raise RevisionError(f"limits.{key} is {value!r}: a number is wanted")
    return Limits(**chosen)


def _at_least_one(given: dict[str, Any], key: str) -> int:
    number = int(given.get(key, 1))
    if number < 1:
        raise RevisionError(f"{key} is {number}: at least one is needed")
    return number
