"""The README's table of magics is the code's: none missing, none invented, every option in it real."""

import re
from pathlib import Path

import pytest

from jupyter_mlops.magics import CELL_MAGICS, LINE_MAGICS
from jupyter_mlops.views.verbs import VERBS, verb

README = Path(__file__).parents[2] / "README.md"
ROW = re.compile(r"^\| `(%%?)(\w+)([^`]*)` \| (.+) \|$", re.MULTILINE)


def rows() -> list[tuple[str, str, str, str]]:
    """Sign, name, what follows it, and what it does."""
    return ROW.findall(README.read_text(encoding="utf-8"))


def test_every_magic_has_one_row():
    assert sorted(name for _, name, _, _ in rows()) == sorted([*LINE_MAGICS, *CELL_MAGICS])


def test_every_magic_is_a_verb_of_the_table():
    assert sorted(known.name for known in VERBS) == sorted([*LINE_MAGICS, *CELL_MAGICS])
    assert [known.name for known in VERBS if known.cell] == list(CELL_MAGICS)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[1])
def test_a_row_says_what_can_be_typed(row):
    sign, name, rest, does = row
    known = verb(name)
    assert sign == ("%%" if known.cell else "%")
    flags = {option.flag for option in known.options}
    assert set(re.findall(r"--[\w-]+", rest + does)) <= flags
