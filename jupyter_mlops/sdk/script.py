"""`Script`: an entry script that stands alone, kept by content, findable by name."""

from __future__ import annotations

import builtins
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jupyter_mlops.records import (
    CapturedScript,
    EnvironmentLock,
    Progress,
    ProofResult,
    Provenance,
    ScriptRecord,
)
from jupyter_mlops.sdk.listing import line

if TYPE_CHECKING:
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["Quiet", "Script"]

_UNSET: Any = object()


class Quiet:
    """A `Progress` that says nothing."""

    def stage(self, name: str) -> None:
        """Nothing."""

    def log(self, line: str) -> None:
        """Nothing."""

    def fraction(self, done: float) -> None:
        """Nothing."""


class Script:
    """`init()`, `run(data)` and the files beside them. `Script(workspace, name)` is the newest of its name, or that
    of a digest. Raises `NotFoundError`.
    """

    def __init__(self, workspace: Workspace, name: str):
        from jupyter_mlops.registry import scripts

        self.workspace = workspace
        self.record: ScriptRecord = scripts.get(workspace.store, name)

    @classmethod
    def _of(cls, workspace: Workspace, record: ScriptRecord) -> Self:
        made = cls.__new__(cls)
        made.workspace, made.record = workspace, record
        return made

    # ── making one ──

    @classmethod
    def capture(
        cls,
        workspace: Workspace,
        name: str,
        source: str,
        namespace: Mapping[str, Any],
        *,
        models: Sequence[str] = (),
        input: Any = _UNSET,
        output: Any = _UNSET,
        cell: int | None = None,
        cell_label: str | None = None,
        history: Sequence[str] | None = None,
        working_folder: str | os.PathLike[str] | None = None,
        inference_config: InferenceConfig | None = None,
        environment_variables: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """A cell and what it uses from the notebook, made to stand alone and proven in a clean process.

        `source` is the cell's text, `namespace` the notebook's variables, `history` its other cells (newest last),
        `models` the registered ones that it loads, `input` and `output` an example of a request's data and its
        answer; `inference_config` may name a `conda_file` or an `environment`. `environment_variables` are the proof's
        alone (a service gets its own when it is deployed). Nothing is kept unless the proof goes well.
        Raises `CaptureError` (at the cell's line), `RequirementError`, `ProofError` (with the traceback).
        """
        from jupyter_mlops.capture.cells import capture_cell
        from jupyter_mlops.capture.provenance import provenance

        examples = {key: value for key, value in (("input", input), ("output", output)) if value is not _UNSET}
        with tempfile.TemporaryDirectory(prefix="jupyter-mlops-") as folder:
            captured = capture_cell(
                source,
                dict(namespace),
                folder=Path(folder),
                name=name,
                cell_label=cell_label or (f"Cell [{cell}]" if cell is not None else "the cell"),
                history=history,
                working_folder=Path(working_folder or "."),
                models=_pinned(workspace, models),
                **examples,
            )
            return cls._prove(
                workspace, name, captured, provenance(cell=cell), inference_config, progress, environment_variables
            )

    @classmethod
    def from_file(
        cls,
        workspace: Workspace,
        name: str,
        entry_script: str | os.PathLike[str],
        source_directory: str | os.PathLike[str] | None = None,
        *,
        models: Sequence[str] = (),
        inference_config: InferenceConfig | None = None,
        environment_variables: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """A file with `init` and `run`, and its `source_directory`, proven in a clean process.

        Raises `CaptureError`, `RequirementError`, `ProofError`.
        """
        from dataclasses import replace

        from jupyter_mlops.capture.provenance import provenance
        from jupyter_mlops.capture.scripts import script_from_file

        directory = None if source_directory is None else os.fspath(source_directory)
        with tempfile.TemporaryDirectory(prefix="jupyter-mlops-") as folder:
            own = inference_config is not None and inference_config.says_packages
            captured = script_from_file(os.fspath(entry_script), directory, Path(folder), own_environment=own)
            captured = replace(captured, models=_pinned(workspace, models or captured.models))
            return cls._prove(
                workspace, name, captured, provenance(), inference_config, progress, environment_variables
            )

    @classmethod
    def _prove(
        cls,
        workspace: Workspace,
        name: str,
        captured: CapturedScript,
        provenance: Provenance,
        config: InferenceConfig | None,
        progress: Progress | None,
        variables: Mapping[str, str] | None,
    ) -> Self:
        from jupyter_mlops.operations.scripts import prove_and_save
        from jupyter_mlops.sdk.packages import locked
        from jupyter_mlops.sdk.preparation import model_records, say_warnings, variables_of

        say_warnings(captured)
        store = workspace.store
        lock: EnvironmentLock = locked(store, captured.imports, model_records(store, captured.models), config)
        record = prove_and_save(
            store,
            name,
            captured,
            lock,
            interpreter=sys.executable,
            provenance=provenance,
            progress=progress or Quiet(),
            environment_variables={**variables_of(config), **(variables or {})},
        )
        return cls._of(workspace, record)

    @classmethod
    def list(
        cls,
        workspace: Workspace,
        name: str | None = None,
        *,
        part: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> builtins.list[Self]:
        """The newest script of each name (with `name`: every one that it ever was), newest first; at most `limit`,
        after the first `offset`. `part` is looked for in the names, capitals or not.
        """
        from jupyter_mlops.registry import scripts

        found = scripts.search(workspace.store, name=name, part=part, limit=limit, offset=offset)
        return [cls._of(workspace, record) for record in found]

    # ── what it is ──

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def digest(self) -> str:
        return self.record.digest

    @property
    def entry_script(self) -> str:
        """Its path inside its folder."""
        return self.record.entry_script

    @property
    def models(self) -> tuple[str, ...]:
        """The models that it loads, `name` or `name:version`."""
        return self.record.models

    @property
    def imports(self) -> tuple[str, ...]:
        return self.record.imports

    @property
    def proof(self) -> ProofResult | None:
        """What it answered in a clean process; None when it was never tried."""
        return self.record.proof

    @property
    def source(self) -> str:
        """The text of the entry script. Raises `StorageError` when it is corrupt or gone."""
        blobs = self.workspace.store.blobs
        entries = {entry.path: entry for entry in blobs.get_tree(self.digest).entries}
        return blobs.get_bytes(entries[self.entry_script].sha256).decode()

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of all its files."""
        return tuple(entry.path for entry in self.workspace.store.blobs.get_tree(self.digest).entries)

    @property
    def path(self) -> str:
        """A copy of the entry script in the machine's folder of this workspace, for an editor to open."""
        from jupyter_mlops.registry import scripts
        from jupyter_mlops.sdk.local_copies import kept

        def fetch(folder: Path) -> None:
            scripts.download(self.workspace.store, self.record, folder)

        return str(kept(self.workspace.store, "scripts", self.digest, fetch) / self.entry_script)

    def run(self, sample: Any = _UNSET) -> Any:
        """What the script answers to a sample (default: the recorded one), in a clean process; nothing is kept.

        Raises `ProofError` with the script's own traceback.
        """
        from jupyter_mlops.sdk.trial import answer_of

        return answer_of(self) if sample is _UNSET else answer_of(self, sample)

    def serialize(self) -> dict[str, Any]:
        """As JSON."""
        proof = self.proof
        return {
            "created": self.record.created.isoformat(),
            "digest": self.digest,
            "entry_script": self.entry_script,
            "imports": [*self.imports],
            "models": [*self.models],
            "name": self.name,
            "proven": proof is not None and proof.proven,
        }

    def __repr__(self) -> str:
        proof = self.proof
        return line(
            "Script",
            name=self.name,
            models=self.models,
            proven=proof is not None and proof.proven,
            digest=self.digest[:12],
        )


def _pinned(workspace: Workspace, models: Sequence[str]) -> tuple[str, ...]:
    """As `name:version`, the newest where no version is said."""
    from jupyter_mlops.sdk.preparation import model_records

    return tuple(record.id for record in model_records(workspace.store, models))
