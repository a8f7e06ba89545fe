"""Rows of experiments and of their runs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from jupyter_mlops.records import ExperimentRecord, FileEntry, Provenance, RunRecord
from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.documents import decode, encode
from jupyter_mlops.storage.tables import experiments, run_files, run_metrics, runs

__all__ = ["Experiments"]


class Experiments:
    """Experiments by name; runs, newest first, with their metrics in the order in which they were logged."""

    def __init__(self, database: Database):
        self._database = database

    def insert(self, record: ExperimentRecord) -> None:
        with self._database.writing() as connection:
            connection.execute(insert(experiments).values(name=record.name, created=record.created))

    def get(self, name: str) -> ExperimentRecord | None:
        with self._database.reading() as connection:
            row = connection.execute(select(experiments).where(experiments.c.name == name)).first()
        return None if row is None else ExperimentRecord(name=row.name, created=row.created)

    def all(self) -> list[ExperimentRecord]:
        """By name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(experiments).order_by(experiments.c.name))
            return [ExperimentRecord(name=row.name, created=row.created) for row in rows]

    # ── runs ──

    def insert_run(self, record: RunRecord) -> None:
        """A run without metrics or files yet."""
        with self._database.writing() as connection:
            values = {"key": record.id, "experiment": record.experiment, "number": record.number}
            values |= {"provenance": encode(record.provenance), "created": record.created}
            connection.execute(insert(runs).values(values | _changing(record)))

    def save_run(self, record: RunRecord) -> None:
        """Write what may change of a run itself: status, tags, properties, its end."""
        with self._database.writing() as connection:
            connection.execute(update(runs).where(runs.c.key == record.id).values(_changing(record)))

    def get_run(self, key: str) -> RunRecord | None:
        with self._database.reading() as connection:
            row = connection.execute(select(runs).where(runs.c.key == key)).first()
            return None if row is None else _run_of(connection, row)

    def runs(self, experiment: str) -> list[RunRecord]:
        query = select(runs).where(runs.c.experiment == experiment).order_by(runs.c.number.desc())
        with self._database.reading() as connection:
            return [_run_of(connection, row) for row in connection.execute(query).all()]

    def add_metric(self, key: str, name: str, value: Any) -> None:
        """One more value of `name`; the run must be there."""
        with self._database.writing() as connection:
            run = select(runs.c.id).where(runs.c.key == key).scalar_subquery()
            connection.execute(insert(run_metrics).values(run=run, name=name, value=encode(value)))

    def put_file(self, key: str, path: str, entry: FileEntry) -> None:
        """The file that `path` means from now on."""
        with self._database.writing() as connection:
            run = connection.execute(select(runs.c.id).where(runs.c.key == key)).scalar_one()
            connection.execute(delete(run_files).where(run_files.c.run == run, run_files.c.path == path))
            values = {"size": entry.size, "sha256": entry.sha256, "executable": entry.executable}
            connection.execute(insert(run_files).values(run=run, path=path, **values))


def _changing(record: RunRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in ("status", "tags", "properties", "finished")}


def _run_of(connection: Connection, row: Row[Any]) -> RunRecord:
    metrics: dict[str, list[Any]] = {}
    logged = select(run_metrics.c.name, run_metrics.c.value).where(run_metrics.c.run == row.id)
    for metric in connection.execute(logged.order_by(run_metrics.c.id)):
        metrics.setdefault(metric.name, []).append(metric.value)
    kept = connection.execute(select(run_files).where(run_files.c.run == row.id).order_by(run_files.c.path))
    return RunRecord(
        id=row.key,
        experiment=row.experiment,
        number=row.number,
        status=row.status,
        metrics=metrics,
        tags=row.tags,
        properties=row.properties,
        files={file.path: FileEntry(file.path, file.size, file.sha256, file.executable) for file in kept},
        provenance=decode(Provenance, row.provenance),
        created=row.created,
        finished=row.finished,
    )
