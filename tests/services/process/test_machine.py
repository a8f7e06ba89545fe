from __future__ import annotations

import os
import socket
import stat
import tempfile
import threading
from pathlib import Path

import pytest

from jupyter_mlops.errors import BusyError, ServiceError, StorageError
from jupyter_mlops.services.process.machine import MachineFolder, short_folder, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_machine_folder_is_its_owners_alone(tmp_path: Path) -> None:
    machine = MachineFolder("w")
    assert machine.root == tmp_path / "state" / f"w@{socket.gethostname()}"
    assert (mode(machine.root), mode(tmp_path / "state")) == (0o700, 0o700)
    folder = machine.service("a")
    folder.make()
    folder.write("front.json", {"a": 1})
    assert (mode(folder.path), mode(folder.path / "front.json")) == (0o700, 0o600)


def test_looking_makes_no_folder(tmp_path: Path) -> None:
    assert MachineFolder("w").names() == []
    assert not (tmp_path / "state").exists()


def test_a_short_path_keeps_the_socket_beside_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        folder = MachineFolder("w", Path(short)).service("a")
        assert folder.control() == folder.path / "control.sock"


def test_a_long_path_puts_the_socket_where_a_socket_can_be(tmp_path: Path) -> None:
    folder = MachineFolder("w", tmp_path / ("long" * 30)).service("a")
    control = folder.control()
    assert len(os.fsencode(control)) <= 103
    assert mode(control.parent) == 0o700
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(control))
    control.unlink()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        folder = short_folder()
        assert folder.parent == Path(runtime)
        folder.chmod(0o755)
        with pytest.raises(ServiceError, match="must be yours alone"):
            short_folder()
        folder.rmdir()
        folder.symlink_to(tmp_path)
        with pytest.raises(ServiceError, match="must be yours alone"):
            short_folder()


def test_only_one_at_a_time_and_the_second_is_told_who_and_since_when() -> None:
    folder = MachineFolder("w").service("a")
    with folder.exclusive("deploy of revision 1"):
        assert folder.busy()
        with pytest.raises(BusyError, match=rf"'a': deploy of revision 1 by process {os.getpid()} since \d\d:\d\d"):
            folder.exclusive("delete").__enter__()
    assert not folder.busy()


def test_a_lock_that_was_removed_while_one_waited_is_taken_anew(tmp_path: Path) -> None:
    from jupyter_mlops.services.process.machine import locked

    path, at_work = tmp_path / "lock", threading.Event()
    names: list[bool] = []

    def second() -> None:
        at_work.set()
        with locked(path):
            names.append(path.exists())

    with locked(path):
        thread = threading.Thread(target=second)
        thread.start()
        at_work.wait()
        path.unlink()
    thread.join()
    assert names == [True]


@pytest.mark.parametrize("name", ["../x", "A", "", "a/b", ".", "-a"])
def test_a_name_cannot_lead_elsewhere(name: str) -> None:
    with pytest.raises(ServiceError, match="no service can have the name"):
        MachineFolder("w").service(name)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        MachineFolder("w", tmp_path / "file").service("a").make()
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line_and_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "desired.json"
    write_private(kept, b"{}")
    real = os.fdopen

    def full(descriptor: int, *rest: object) -> object:
        os.close(descriptor)
        return open("/dev/full", "wb", buffering=0)

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(StorageError, match="the disk is full"):
        write_private(kept, b"new")
    monkeypatch.setattr(os, "fdopen", real)
    assert kept.read_bytes() == b"{}"
    assert list(tmp_path.glob(".desired*")) == []
