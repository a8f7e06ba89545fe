"""Making, opening and closing a workspace."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from jupyter_mlops.errors import StorageError, WorkspaceError
from jupyter_mlops.storage import Store, create_store, open_store
from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.location import locate


def test_a_workspace_is_opened_as_it_was_made(location: str) -> None:
    with open_store(location) as one, open_store(location) as other:
        assert one.name == "lab"
        assert one.id == other.id
        assert len(one.id) == 32
        assert one.blobs.root == other.blobs.root
        again = open_store(one.location)  # and forgotten: its connections are closed with it
        assert again.id == one.id


def test_where_none_is_an_error_says_how_to_make_one(tmp_path: Path, postgresql_or_folder: str) -> None:
    with pytest.raises(WorkspaceError, match="no workspace") as caught:
        open_store(postgresql_or_folder)
    assert "Workspace.create" in (caught.value.hint or "")


@pytest.fixture(params=["folder", "empty file", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def postgresql_or_folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place where nobody has made a workspace."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgresql_url")
        return url
    if request.param == "empty file":  # what a process leaves that is killed while it makes a workspace
        (tmp_path / "workspace.db").touch()
    return str(tmp_path)


def test_a_workspace_that_was_half_made_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "workspace.db").touch()
    with create_store(tmp_path) as store:
        assert store.models.names() == []


def test_making_one_where_one_is_opens_it_or_refuses(location: str) -> None:
    with create_store(location, name="other", blob_root="/tmp/unused") as store:
        assert store.name == "lab"
    with pytest.raises(WorkspaceError, match="already"):
        create_store(location, blob_root="/tmp/unused", exist_ok=False)


def test_many_make_the_same_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        stores = list(threads.map(lambda _: create_store(tmp_path / "ws"), range(16)))
    assert len({store.id for store in stores}) == 1
    for store in stores:
        store.close()


def test_a_workspace_can_be_moved(sqlite_store: Store, tmp_path: Path) -> None:
    digest = sqlite_store.blobs.put_bytes(b"weights")
    sqlite_store.close()
    shutil.move(tmp_path / "workspace", tmp_path / "moved")
    with open_store(tmp_path / "moved") as store:
        assert store.blobs.get_bytes(digest) == b"weights"


@pytest.mark.parametrize("mask", [0, 0o22, 0o777])
def test_files_are_their_owners_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with create_store(tmp_path / "ws") as store:
            store.counters.next("model", "diabetes")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "ws").iterdir()}
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "ws").stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert "workspace.db-wal" in modes


def test_a_special_name_is_just_a_name(tmp_path: Path) -> None:
    with create_store(tmp_path / "größe & 100% ?#") as store:
        assert store.counters.next("model", "diabetes") == 1
    assert (tmp_path / "größe & 100% ?#" / "workspace.db").exists()


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    create_store(tmp_path).close()
    for path in tmp_path.glob("workspace.db*"):
        path.write_bytes(b"not a database" * 1000)
    with pytest.raises(WorkspaceError, match="damaged"):
        open_store(tmp_path)


def test_opening_imports_no_alembic_and_the_package_no_sqlalchemy(tmp_path: Path) -> None:
    script = (
        "import sys, jupyter_mlops.storage, jupyter_mlops.registry.models\n"
        "assert 'sqlalchemy' not in sys.modules\n"
        "jupyter_mlops.storage.create_store(sys.argv[1]).close()\n"
        "assert 'alembic' not in sys.modules\n"
        "assert 'fsspec' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "ws")], check=True)


# ── transactions ──


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    def register() -> None:
        with store.transaction():
            store.counters.next("model", "diabetes")
            store.events.append("model/diabetes:1", "registered", "registered")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        register()
    assert store.events.last() == 0
    assert store.counters.next("model", "diabetes") == 1


def test_a_transaction_sees_what_it_wrote_and_others_do_not(store: Store) -> None:
    seen: list[int] = []
    with store.transaction():
        store.events.append("model/diabetes:1", "registered", "registered")
        assert store.events.last() > 0
        other = threading.Thread(target=lambda: seen.append(store.events.last()))
        other.start()
        other.join()
    assert seen == [0]


def test_there_is_one_writer_at_a_time(store: Store) -> None:
    """Sixteen threads read a number and write the next one: none is lost."""

    def count() -> None:
        for _ in range(5):
            with store.transaction():
                number = int(store.events.tail("x", (), 1)[0].message)
                store.events.append("x", "log", str(number + 1))

    store.events.append("x", "log", "0")
    with ThreadPoolExecutor(16) as threads:
        for done in [threads.submit(count) for _ in range(16)]:
            done.result()
    assert store.events.tail("x", (), 1)[0].message == "80"


def test_a_forked_child_may_go_on_using_it(store: Store) -> None:
    store.events.append("x", "log", "parent")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            store.events.append("x", "log", "child")
            os.write(writer, b"done")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    assert os.read(reader, 10) == b"done"
    os.close(reader)
    store.events.append("x", "log", "parent again")
    assert [event.message for event in store.events.since(0)] == ["parent", "child", "parent again"]


def test_a_busy_database_is_told_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_mlops.storage.database.PATIENCE", 0.1)
    late = pytest.raises(StorageError, match="somebody else has been writing")
    with create_store(tmp_path) as one, create_store(tmp_path) as other, one.transaction(), late:
        other.counters.next("model", "diabetes")


@pytest.mark.postgresql
def test_a_server_that_was_restarted_is_found_again(postgresql_url: str, tmp_path: Path) -> None:
    with create_store(postgresql_url, blob_root=str(tmp_path)) as store:
        store.events.append("x", "log", "before")
        killer = Database(locate(postgresql_url))
        with killer.reading() as connection:
            others = "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity {others}"))
        killer.close()
        store.events.append("x", "log", "after")
        assert store.events.last() == 2
