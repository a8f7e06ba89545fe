"""A workspace's schema: one that is made, one that is migrated, one that is older or newer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from jupyter_mlops.errors import WorkspaceError
from jupyter_mlops.storage import create_store, open_store, schema, upgrade_store
from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.location import locate
from jupyter_mlops.storage.private import make_private_file
from tests.fixtures.stores import DATABASES


def described(database: Database) -> dict[str, Any]:
    """All that the database says about its tables."""
    with database.reading() as connection:
        look = inspect(connection)
        return {
            table: {
                "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(table)],
                "primary key": look.get_pk_constraint(table),
                "unique": sorted(look.get_unique_constraints(table), key=lambda each: str(each["name"])),
                "indexes": sorted(_plain(index) for index in look.get_indexes(table)),
                "foreign keys": sorted(look.get_foreign_keys(table), key=str),
            }
            for table in look.get_table_names()
        }


def _plain(index: Any) -> str:
    """With the condition of a partial index as text: objects of SQLAlchemy are never equal."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return str({**index, "dialect_options": options})


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database with nothing in it."""
    if request.param == "sqlite":
        make_private_file(tmp_path / "workspace.db")
        return Database(locate(tmp_path))
    return Database(locate(request.getfixturevalue("postgresql_url")))


def stamp(location: str, revision: str) -> None:
    database = Database(locate(location))
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    database.close()


def test_the_migrations_end_where_a_new_workspace_begins(empty: Database) -> None:
    with empty.writing() as connection:
        schema.migrate(connection, schema.HEAD)
    migrated = described(empty)
    with empty.writing() as connection:
        for table in reversed(list(migrated)):
            connection.execute(text(f'DROP TABLE "{table}"' + (" CASCADE" if empty.is_server else "")))
    schema.create(empty, "lab", "blobs")

    assert described(empty) == migrated
    empty.close()


def test_the_history_is_that_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(revisions)) == schema.HISTORY


def test_a_newer_workspace_says_so_in_one_line(location: str) -> None:
    stamp(location, "9999")
    with pytest.raises(WorkspaceError) as caught:
        open_store(location)
    assert "newer than this program" in caught.value.message
    assert caught.value.hint == "pip install --upgrade jupyter-mlops"
    assert "\n" not in str(caught.value)
    with pytest.raises(WorkspaceError, match="newer"):
        upgrade_store(location)


def test_an_older_workspace_says_what_to_type(location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "HISTORY", ("0000", "0001"))
    stamp(location, "0000")
    for opened in (open_store, lambda place: create_store(place, blob_root="/tmp/unused")):
        with pytest.raises(WorkspaceError) as caught:
            opened(location)
        assert caught.value.hint == "jupyter mlops workspace upgrade"


NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None

def upgrade():
    with op.batch_alter_table("models") as batch:
        batch.add_column(sa.Column("colour", sa.Text(), nullable=True))
    {more}
"""


@pytest.fixture
def second_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This program, as if it had one more migration."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "versions/0001_first.py"):
        (folder / name).write_text((schema.MIGRATIONS / name).read_text())
    (folder / "versions" / "0002_next.py").write_text(NEXT.format(more=""))
    monkeypatch.setattr(schema, "HISTORY", ("0001", "0002"))
    monkeypatch.setattr(schema, "HEAD", "0002")
    monkeypatch.setattr(schema, "MIGRATIONS", folder)
    return folder


def test_an_upgrade_keeps_what_is_there(location: str, second_revision: Path) -> None:
    with pytest.raises(WorkspaceError, match="upgrade"):
        open_store(location)
    assert upgrade_store(location) == ("0001", "0002")
    assert upgrade_store(location) == ("0002", "0002")
    with open_store(location) as store:
        assert store.name == "lab"


def test_an_upgrade_that_fails_leaves_the_old_schema(location: str, second_revision: Path) -> None:
    (second_revision / "versions" / "0002_next.py").write_text(NEXT.format(more='raise RuntimeError("power cut")'))
    before = Database(locate(location))
    was = described(before)
    with pytest.raises(RuntimeError, match="power cut"):
        upgrade_store(location)
    assert described(before) == was
    before.close()
