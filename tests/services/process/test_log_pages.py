"""Every line once: lines that are all the same, a log that is cut while somebody reads, a front that died."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.services.process.log_pages import read


class Log:
    """A log, as the front writes it, and somebody who reads it."""

    def __init__(self, folder: Path):
        self.path = folder / "front.log"
        self.path.touch()
        self.cursor: str | None = None

    def write(self, *lines: str, end: str = "\n") -> None:
        with self.path.open("a") as file:
            file.write("\n".join(lines) + end)

    def rotate(self) -> None:
        shutil.copyfile(self.path, self.path.with_name("front.log.1"))
        os.truncate(self.path, 0)

    def read(self, lines: int = 5000, *, ended: bool = False) -> tuple[list[str], bool]:
        page = read(self.path, self.cursor, lines, ended=ended)
        self.cursor = page.cursor
        return list(page.lines), page.reset


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def test_what_came_since(log: Log) -> None:
    log.write("a", "b", "c")
    assert log.read(2) == (["b", "c"], False)
    assert log.read() == ([], False)
    log.write("d")
    assert log.read() == (["d"], False)


def test_lines_that_are_all_the_same_are_each_shown_once(log: Log) -> None:
    log.write(*["tick"] * 1000)
    assert log.read()[0] == ["tick"] * 1000
    for more in (1, 3, 200):
        log.write(*["tick"] * more)
        assert log.read() == (["tick"] * more, False)


def test_a_log_that_was_cut_loses_no_line(log: Log) -> None:
    log.write(*["tick"] * 100)
    log.read()
    log.write(*["tick"] * 7)
    log.rotate()
    log.write(*["tick"] * 300)
    assert log.read() == (["tick"] * 307, False)
    assert log.read() == ([], False)


def test_a_log_that_was_cut_twice_says_that_it_does_not_go_on(log: Log) -> None:
    log.write("first", *["tick"] * 100)
    log.read()
    log.rotate()
    log.write("second")
    log.rotate()
    log.write("third")
    assert log.read() == (["third"], True)


def test_the_first_look_goes_back_into_the_file_before(log: Log) -> None:
    log.write("a", "b")
    log.rotate()
    log.write("c")
    assert log.read(2) == (["b", "c"], False)


def test_a_line_is_shown_when_it_is_whole(log: Log) -> None:
    log.write("half", end="")
    assert log.read() == ([], False)
    log.write(" and half")
    assert log.read() == (["half and half"], False)
    log.write("the last words", end="")
    assert log.read(ended=True) == (["the last words"], False)


def test_more_than_was_asked_for_is_said(log: Log) -> None:
    log.read()
    log.write("a", "b", "c")
    assert log.read(2) == (["b", "c"], True)


def test_a_service_made_anew_has_a_log_of_its_own(log: Log) -> None:
    log.write("a", "b", "c", "d")
    log.read()
    log.path.unlink()
    other = log.path.with_name("other")
    other.touch()  # so that the new log gets another inode
    log.write("new")
    assert log.read() == (["new"], True)


def test_no_log_yet(log: Log) -> None:
    log.path.unlink()
    assert log.read() == ([], False)
    log.write("a")
    assert log.read() == (["a"], False)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_each_line_is_shown_once_and_in_order(log: Log, seed: int) -> None:
    chance, written, shown = random.Random(seed), 0, list[str]()
    log.read()
    for _ in range(60):
        for _ in range(chance.randrange(40)):
            log.write(str(written // 50))  # runs of the same line
            written += 1
        if chance.random() < 0.2:
            log.rotate()
            lines, reset = log.read()  # at most one rotation between two looks
        else:
            lines, reset = log.read()
        assert not reset
        shown += lines
    assert shown == [str(number // 50) for number in range(written)]


@pytest.mark.parametrize("cursor", ["", "x", "1.2", "1.x.ab", "1.2.", ".2.ab"])
def test_what_is_no_cursor(log: Log, cursor: str) -> None:
    with pytest.raises(UsageError):
        read(log.path, cursor, 10, ended=False)
