from __future__ import annotations

import threading
from pathlib import Path

import pytest

from jupyter_mlops.services.process.logs import follow, tail


@pytest.mark.parametrize("lines", [0, 1, 3, 5000, 50_000])
def test_the_end_of_a_log_whatever_its_length(tmp_path: Path, lines: int) -> None:
    log = tmp_path / "front.log"
    written = [f"line {number} äöü" for number in range(20_000)]
    log.write_text("\n".join(written) + "\n")
    assert tail(log, lines) == (written[-lines:] if lines else [])


def test_a_log_that_was_just_rotated_goes_on_in_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "front.log.1").write_text("a\nb\n")
    (tmp_path / "front.log").write_text("c\n")
    assert tail(tmp_path / "front.log", 2) == ["b", "c"]


def test_no_log_is_no_error(tmp_path: Path) -> None:
    assert tail(tmp_path / "none.log", 10) == []


def test_following_sees_what_comes_and_survives_a_rotation(tmp_path: Path) -> None:
    log = tmp_path / "front.log"
    log.write_text("before\nlast\n")
    alive = threading.Event()
    alive.set()
    lines = follow(log, 1, alive.is_set)
    assert next(lines) == "last"
    with log.open("a") as file:
        file.write("more\nhal")
        file.flush()
        assert next(lines) == "more"
        file.write("f\n")
    assert next(lines) == "half"
    log.with_name("front.log.1").write_bytes(log.read_bytes())
    log.write_text("")
    with log.open("a") as file:
        file.write("new\n")
    assert next(lines) == "new"
    with log.open("a") as file:
        file.write("the end")
    alive.clear()
    assert list(lines) == ["the end"]
