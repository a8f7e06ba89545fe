"""`Run`: metrics in order, tags and files of one try."""

from __future__ import annotations

import builtins
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

from jupyter_mlops.errors import ConflictError, NotFoundError, UnsupportedError, UsageError
from jupyter_mlops.records import FileEntry, RunRecord
from jupyter_mlops.sdk.filters import text_values
from jupyter_mlops.sdk.listing import line

if TYPE_CHECKING:
    from jupyter_mlops.sdk.experiment import Experiment
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["Run", "run_stack"]

run_stack: builtins.list[Run] = []
"""The runs that this process started and did not end; the last one is `Run.get_context()`."""


class Run:
    """One try: metrics in the order they were logged, tags, files. `Run(experiment, run_id)` finds it.

    Raises `NotFoundError`.
    """

    def __init__(self, experiment: Experiment, run_id: str, outputs: str | os.PathLike[str] | None = None):
        from jupyter_mlops.registry import experiments

        record = experiments.get_run(experiment.workspace.store, run_id)
        if record.experiment != experiment.name:
            raise NotFoundError(
                f"run {run_id!r} belongs to the experiment {record.experiment!r}, not {experiment.name!r}"
            )
        self.experiment = experiment
        self._id = record.id
        self._number = record.number
        self._outputs = None if outputs is None else Path(outputs)

    @classmethod
    def _of(cls, experiment: Experiment, record: RunRecord, outputs: Path | None = None) -> Self:
        made = cls.__new__(cls)
        made.experiment, made._id, made._number, made._outputs = experiment, record.id, record.number, outputs
        return made

    @classmethod
    def get(cls, workspace: Workspace, run_id: str) -> Self:
        """The run of an id. Raises `NotFoundError`."""
        from jupyter_mlops.registry import experiments
        from jupyter_mlops.sdk.experiment import Experiment

        record = experiments.get_run(workspace.store, run_id)
        return cls._of(Experiment._existing(workspace, record.experiment), record)

    @classmethod
    def list(cls, experiment: Experiment) -> builtins.list[Run]:
        """The experiment's runs, newest first."""
        return experiment.get_runs()

    @classmethod
    def get_context(cls, allow_offline: bool = True) -> Run:
        """The run that this process started last and did not end.

        When there is none: one whose values are printed and not kept (as there), or, with `allow_offline=False`,
        `NotFoundError`.
        """
        if not run_stack and allow_offline:
            from jupyter_mlops.sdk.offline_run import OfflineRun

            return OfflineRun()
        if not run_stack:
            raise NotFoundError(
                "no run is going on in this process",
                hint='run = Experiment(Workspace(), "NAME").start_logging()',
            )
        return run_stack[-1]

    # ── what it is ──

    @property
    def record(self) -> RunRecord:
        """As the workspace has it now."""
        from jupyter_mlops.registry import experiments

        return experiments.get_run(self.experiment.workspace.store, self._id)

    @property
    def id(self) -> str:
        return self._id

    run_id = id

    @property
    def number(self) -> int:
        """Counted up by one within the experiment."""
        return self._number

    @property
    def status(self) -> str:
        """`Running`, `Completed`, `Failed` or `Canceled`."""
        return self.record.status

    @property
    def tags(self) -> dict[str, str]:
        return dict(self.record.tags)

    @property
    def properties(self) -> dict[str, str]:
        return dict(self.record.properties)

    @property
    def display_name(self) -> str:
        return self.record.properties.get("display_name", f"{self.experiment.name} {self.number}")

    def get_status(self) -> str:
        return self.status

    def get_tags(self) -> dict[str, str]:
        return self.tags

    def get_properties(self) -> dict[str, str]:
        return self.properties

    def get_metrics(self, name: str | None = None) -> dict[str, Any]:
        """Each metric's value, or the list of its values when it was logged more than once; rows logged under one
        name are a dictionary of columns."""
        return {
            metric: _told(values) for metric, values in self.record.metrics.items() if name is None or metric == name
        }

    def get_file_names(self) -> builtins.list[str]:
        return sorted(self.record.files)

    def get_details(self) -> dict[str, Any]:
        """As JSON."""
        record = self.record
        return {
            "run_id": record.id,
            "experiment": record.experiment,
            "number": record.number,
            "status": record.status,
            "start_time": record.created.isoformat(),
            "end_time": None if record.finished is None else record.finished.isoformat(),
            "metrics": self.get_metrics(),
            "tags": dict(record.tags),
            "properties": dict(record.properties),
            "files": sorted(record.files),
        }

    serialize = get_details

    def get_portal_url(self) -> str:
        """Raises `UnsupportedError`: there is no portal."""
        raise UnsupportedError("there is no portal", hint="run.get_details()")

    # ── logging ──

    def log(self, name: str, value: Any, description: str = "", step: int | None = None) -> None:
        """One more value of a metric: a number, a text or a truth value."""
        self._log(name, value)

    def log_list(self, name: str, value: Sequence[Any], description: str = "") -> None:
        """Several values of a metric at once."""
        self._log(name, [*value])

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """One more row of named columns."""
        self._log(name, kwargs)

    def log_table(self, name: str, value: Mapping[str, Any], description: str = "") -> None:
        """A dictionary of columns."""
        self._log(name, dict(value))

    def log_image(self, name: str, path: str | None = None, plot: Any = None, description: str = "") -> None:
        """Keep a picture: a file, or a matplotlib figure (or module), as `NAME.png`."""
        if (path is None) == (plot is None):
            raise UsageError("give a path or a plot, one of them", hint="run.log_image(name, plot=figure)")
        with tempfile.TemporaryDirectory(prefix="jupyter-mlops-") as folder:
            picture = Path(path) if path is not None else Path(folder) / "plot.png"
            if plot is not None:
                plot.savefig(picture)
            self.upload_file(f"{name}{picture.suffix or '.png'}", picture)

    def _log(self, name: str, value: Any) -> None:
        from jupyter_mlops.capture.signature import wire_value
        from jupyter_mlops.registry import experiments

        experiments.log_metric(self.experiment.workspace.store, self._id, name, wire_value(value))

    def tag(self, key: str, value: object = "") -> None:
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Add tags, or change their values."""
        from jupyter_mlops.registry import experiments

        experiments.set_tags(self.experiment.workspace.store, self._id, text_values(tags))

    def add_properties(self, properties: Mapping[str, object]) -> None:
        """Add properties; one that is there never changes."""
        from jupyter_mlops.registry import experiments

        experiments.add_properties(self.experiment.workspace.store, self._id, text_values(properties))

    # ── files ──

    def upload_file(self, name: str, path_or_stream: str | os.PathLike[str] | IO[bytes]) -> None:
        """Keep a file under `name`, such as `outputs/model.pkl`. A name is never replaced.

        Raises `ConflictError` when the name is taken, `UsageError` when the file is not there.
        """
        from jupyter_mlops.registry import experiments

        if name in self.record.files:
            raise ConflictError(f"run {self._id} has a file {name!r} already", hint="give it another name")
        store = self.experiment.workspace.store
        with tempfile.TemporaryDirectory(prefix="jupyter-mlops-") as folder:
            path = _on_disk(path_or_stream, Path(folder) / "stream")
            entry = store.blobs.put_file(path)
        experiments.add_file(store, self._id, name, _named(entry, name))

    def upload_files(self, names: Sequence[str], paths: Sequence[str | os.PathLike[str]]) -> None:
        """Keep several files."""
        for name, path in zip(names, paths, strict=True):
            self.upload_file(name, path)

    def upload_folder(self, name: str, path: str | os.PathLike[str]) -> None:
        """Keep every file of a folder under `name/…`."""
        root = Path(path).expanduser()
        if not root.is_dir():
            raise UsageError("no such folder", where=str(root))
        for file in sorted(item for item in root.rglob("*") if item.is_file()):
            self.upload_file(f"{name.rstrip('/')}/{file.relative_to(root).as_posix()}", file)

    def download_file(self, name: str, output_file_path: str | os.PathLike[str] | None = None) -> str:
        """Copy a file out (default: its own name in the working folder) and return its path.

        Raises `NotFoundError`, `StorageError`.
        """
        files = self.record.files
        if name not in files:
            raise NotFoundError(
                f"run {self._id} has no file {name!r}", hint=f"files: {', '.join(sorted(files)) or '-'}"
            )
        target = Path(output_file_path or Path(name).name).expanduser()
        if target.is_dir():
            target = target / Path(name).name
        target.parent.mkdir(parents=True, exist_ok=True)
        self.experiment.workspace.store.blobs.fetch(files[name].sha256, target)
        return str(target)

    def download_files(self, prefix: str | None = None, output_directory: str | os.PathLike[str] | None = None) -> None:
        """Copy all files whose names begin with `prefix` into a folder, under their names."""
        for name in self.get_file_names():
            if prefix is None or name.startswith(prefix):
                self.download_file(name, Path(output_directory or ".") / name)

    def register_model(
        self,
        model_name: str,
        model_path: str | None = None,
        tags: Mapping[str, object] | None = None,
        properties: Mapping[str, object] | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        description: str | None = None,
        datasets: object = None,
        sample_input_dataset: object = None,
        sample_output_dataset: object = None,
        resource_configuration: object = None,
        *,
        sample: object = None,
    ) -> Model:
        """Register a file or folder of the run (`outputs/model.pkl`; default: the model's name) as a model.

        Raises `NotFoundError` when the run has no such file, naming those it has.
        """
        from jupyter_mlops.capture.files import capture_files
        from jupyter_mlops.capture.provenance import provenance
        from jupyter_mlops.sdk.model import Model
        from jupyter_mlops.sdk.registration import refuse_datasets

        refuse_datasets(datasets, sample_input_dataset, sample_output_dataset, resource_configuration)
        with tempfile.TemporaryDirectory(prefix="jupyter-mlops-") as folder:
            path = self._fetch((model_path or model_name).rstrip("/"), Path(folder) / "run")
            captured = capture_files(
                str(path),
                Path(folder) / "model",
                sample=sample,
                framework=model_framework,
                framework_version=model_framework_version,
            )
            return Model._register(
                self.experiment.workspace,
                model_name,
                captured,
                tags=tags,
                properties=properties,
                description=description,
                run=self,
                provenance=provenance(),
            )

    def _fetch(self, path: str, folder: Path) -> Path:
        """The run's file, or the files below a folder of it, copied under `folder`."""
        files = self.record.files
        wanted = [name for name in files if name == path or name.startswith(f"{path}/")]
        if not wanted:
            raise NotFoundError(
                f"run {self._id} has no file or folder {path!r}",
                hint=f"run.upload_file({path!r}, …) first; it has: {', '.join(sorted(files)) or 'none'}",
            )
        for name in wanted:
            self.download_file(name, folder / name)
        return folder / path

    # ── ending it ──

    def complete(self) -> None:
        """It went well. The files of `start_logging(outputs=…)` are kept first."""
        if self._outputs is not None and self._outputs.is_dir():
            self.upload_folder("outputs", self._outputs)
        self._finish("Completed")

    def fail(self, error_details: object = None, error_code: str | None = None) -> None:
        """It did not; what is given is kept as the properties `error` and `error_code`."""
        told = {"error": error_details, "error_code": error_code}
        given = {key: value for key, value in told.items() if value is not None}
        if given:
            self.add_properties(given)
        self._finish("Failed")

    def cancel(self) -> None:
        self._finish("Canceled")

    def flush(self, timeout_seconds: float = 300) -> None:
        """Nothing to do: what is logged is kept at once."""

    def wait_for_completion(self, show_output: bool = False) -> dict[str, Any]:
        """A run of this process ends when it is told to. Raises `UnsupportedError` while it is running."""
        if self.status == "Running":
            raise UnsupportedError("a run ends when its process says so", hint="run.complete()")
        return self.get_details()

    def child_run(self, name: str | None = None) -> Run:
        """Raises `UnsupportedError`: runs have no children here."""
        raise UnsupportedError("runs have no children here", hint="start another run of the experiment, with a tag")

    def _finish(self, status: Any) -> None:
        from jupyter_mlops.registry import experiments

        experiments.finish_run(self.experiment.workspace.store, self._id, status)
        run_stack[:] = [run for run in run_stack if run.id != self.id]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status != "Running":
            return
        if error is None:
            self.complete()
        else:
            self.fail(f"{type(error).__name__}: {error}")

    def __repr__(self) -> str:
        return line("Run", experiment=self.experiment.name, number=self.number, id=self._id, status=self.status)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and other._id == self._id

    def __hash__(self) -> int:
        return hash(self._id)


def _told(values: Sequence[Any]) -> Any:
    if len(values) == 1:
        return values[0]
    if all(isinstance(value, Mapping) for value in values):
        columns = dict.fromkeys(key for value in values for key in value)
        return {column: [value.get(column) for value in values] for column in columns}
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _on_disk(source: str | os.PathLike[str] | IO[bytes], spare: Path) -> Path:
    """The path of a file; a stream is written to `spare`."""
    if not isinstance(source, (str, os.PathLike)):
        with spare.open("wb") as target:
            shutil.copyfileobj(source, target)
        return spare
    path = Path(source).expanduser()
    if not path.is_file():
        raise UsageError("no such file", where=str(path))
    return path


def _named(entry: FileEntry, name: str) -> FileEntry:
    return replace(entry, path=name)
