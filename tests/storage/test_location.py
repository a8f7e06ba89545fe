"""Where a workspace is, and that no password of a URL is ever shown."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from jupyter_mlops.errors import MlopsError, UsageError, WorkspaceError
from jupyter_mlops.storage import create_store, open_store
from jupyter_mlops.storage import location as places
from jupyter_mlops.storage.location import has_password, is_on_network, locate


def test_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert locate("work space").file == tmp_path / "work space" / "workspace.db"
    assert locate(tmp_path).given == str(tmp_path)
    assert locate("~/ws").file == Path("~/ws/workspace.db").expanduser()


def test_an_sqlite_url(tmp_path: Path) -> None:
    assert locate(f"sqlite:///{tmp_path}/workspace.db").given == str(tmp_path)
    with create_store(f"sqlite:///{tmp_path}/team.db") as store:
        assert store.url == f"sqlite:///{tmp_path}/team.db"
        again = open_store(store.location)
    assert again.id == store.id
    again.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_workspace_does_not_live_in_memory(url: str) -> None:
    with pytest.raises(UsageError, match="memory"):
        locate(url)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_a_postgresql_url_takes_psycopg_however_it_is_spelled(scheme: str) -> None:
    server = locate(f"{scheme}://ada@db.example/lab").server
    assert server is not None
    assert server.drivername == "postgresql+psycopg"


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="'mysql'"):
        locate("mysql://host/lab")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:s3cret@127.0.0.1:1/lab",
        "postgresql://127.0.0.1:1/lab?user=ada&password=s3cret",
        "postgresql://ada:s3cret@127.0.0.1:port/lab",
        "postgresql://ada:s3cret@[::1/lab",
        "mysql://ada:s3cret@db.example/lab",
    ],
)
def test_a_password_is_in_no_error(url: str) -> None:
    """Neither in the line, nor in the traceback that a notebook or a log shows."""
    with pytest.raises(MlopsError) as caught:
        open_store(url)
    shown = str(caught.value) + "".join(traceback.format_exception(caught.value))
    assert "s3cret" not in shown


def test_a_password_is_in_no_repr() -> None:
    place = locate("postgresql://ada:s3cret@db.example/lab?sslpassword=s3cret")
    assert "s3cret" not in repr(place)
    assert place.shown == "postgresql://ada:***@db.example/lab?sslpassword=***"
    assert place.given.count("s3cret") == 2  # or nobody could open it again


def test_a_password_does_not_go_into_the_database(tmp_path: Path) -> None:
    assert has_password("s3://key:secret@bucket/path")
    assert not has_password("s3://bucket/path")
    with pytest.raises(UsageError, match="password") as caught:
        create_store(tmp_path, blob_root="s3://key:s3cret@bucket/path")
    assert "s3cret" not in str(caught.value)
    assert not (tmp_path / "workspace.db").exists()


def test_a_server_that_does_not_answer_is_told_in_one_line() -> None:
    with pytest.raises(WorkspaceError) as caught:
        open_store("postgresql://ada@127.0.0.1:1/lab")
    assert caught.value.where == "postgresql://ada@127.0.0.1:1/lab"
    assert "PostgreSQL does not answer" in caught.value.what
    assert "\n" not in str(caught.value)


def test_a_server_needs_a_place_for_files() -> None:
    with pytest.raises(UsageError, match="blob_root='s3://"):
        create_store("postgresql://ada@127.0.0.1:1/lab")


# ── network file systems ──


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/home/ada/ws", False), ("/mnt/team/ws", True), ("/mnt/team2/ws", False), ("/mnt/my share/ws", True)],
)
def test_a_network_file_system_is_told_by_the_longest_mount(
    monkeypatch: pytest.MonkeyPatch, path: str, expected: bool
) -> None:
    mounts = [("/", "ext4"), ("/mnt/team", "nfs4"), ("/mnt/team2", "ext4"), ("/mnt/my share", "cifs")]
    monkeypatch.setattr(places, "_mounts", lambda: [(Path(mount), kind) for mount, kind in mounts])
    assert is_on_network(Path(path)) is expected


def test_the_mounts_of_this_machine_can_be_read(tmp_path: Path) -> None:
    assert (Path("/") in dict(places._mounts())) or not places._mounts()
    assert is_on_network(tmp_path) in (True, False)


def test_what_macos_says_can_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = "/dev/disk3s1 on / (apfs, sealed, local)\n//ada@nas/team on /Volumes/my team (smbfs, nodev, nosuid)\n"
    (tmp_path / "mount").write_text(f"#!/bin/sh\nprintf '%s' '{said}'\n")
    (tmp_path / "mount").chmod(0o755)
    monkeypatch.setattr(places, "_MOUNT", str(tmp_path / "mount"))
    assert places._mounts_of_macos() == [(Path("/"), "apfs"), (Path("/Volumes/my team"), "smbfs")]
