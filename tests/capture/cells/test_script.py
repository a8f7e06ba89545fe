"""The text as a reviewer gets it, and whose line is whose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_mlops.capture.cells import capture_cell
from tests.capture.cells.conftest import text_of

if TYPE_CHECKING:
    from tests.capture.cells.conftest import Notebook

CELLS = [
    "import numpy as np\nimport json, os\nfrom collections import OrderedDict, defaultdict",
    "# Rows above this are outliers.\nLIMIT = 3.5  # by hand",
    "import re\n\nclass Cleaner:\n    '''Cleans.'''\n\n    # how\n    def clean(self, rows):\n        return np.clip(rows, 0, LIMIT)",  # noqa: E501
    "def unused(x):\n    return re.sub('a', 'b', x)",
    "@staticmethod\ndef nothing(): pass",
]

CELL = '''\
"""Scores rows."""
import logging  # to the log
from pathlib import Path
from collections import Counter

log = logging.getLogger(__name__)


def init():
    # The model is not needed here.
    log.info(OrderedDict(a=1))

def run(data):
    return Cleaner().clean(data).tolist()  # done
'''

SCRIPT = '''\
"""Scores rows.

Written by jupyter_mlops from a notebook's cell, with `Cleaner` and `LIMIT` from other
cells.
"""

import logging  # to the log
from collections import Counter, OrderedDict
from pathlib import Path

import numpy as np

# Rows above this are outliers.
LIMIT = 3.5  # by hand


class Cleaner:
    \'\'\'Cleans.\'\'\'

    # how
    def clean(self, rows):
        return np.clip(rows, 0, LIMIT)


log = logging.getLogger(__name__)


def init():
    # The model is not needed here.
    log.info(OrderedDict(a=1))


def run(data):
    return Cleaner().clean(data).tolist()  # done
'''


def test_the_whole_text(notebook: Notebook) -> None:
    notebook.cells(*CELLS)
    assert notebook.script(CELL) == SCRIPT


def test_the_same_cell_gives_the_same_bytes(notebook: Notebook) -> None:
    notebook.cells(*CELLS)
    first = notebook.script(CELL)
    notebook.cells("1 + 1", "another = 3")
    assert notebook.script(CELL) == first


def test_every_line_knows_where_it_was_typed(notebook: Notebook) -> None:
    notebook.cells(*CELLS)
    captured = notebook.capture(CELL)
    text = text_of(captured).splitlines()
    typed = {
        "Cell [99]": CELL.splitlines(),
        **{f"Cell [{n}]": cell.splitlines() for n, cell in enumerate(CELLS, start=1)},
    }
    for origin in captured.lines:
        assert text[origin.line - 1] in (typed[origin.source][origin.source_line - 1], *MERGED), origin
    mapped = {origin.line for origin in captured.lines}
    written = {number for number, line in enumerate(text, start=1) if line and number not in mapped}
    assert written == {1, 3, 4, 5, 11}


MERGED = ("from collections import Counter, OrderedDict",)


def test_a_history_without_its_empty_first_entry(notebook: Notebook) -> None:
    notebook.cells(*CELLS)
    entries = [text for text in notebook.namespace["In"] if text]
    options = {
        "folder": notebook.folder / "out",
        "name": "a",
        "cell_label": "Cell [9]",
        "working_folder": notebook.working,
    }
    captured = capture_cell(CELL, notebook.namespace, history=entries, **options)
    assert {origin.source for origin in captured.lines} == {"Cell [2]", "Cell [3]", "Cell [9]"}


def test_models_that_the_cell_asks_for(notebook: Notebook) -> None:
    notebook.cells("from jupyter_mlops import capture as Model", "NAME = 'second'")
    cell = (
        "def init():\n    Model.get_model_path('first')\n    Model.get_model_path(NAME)\n"
        "    Model.get_model_path('third', version=3)\n    Model.get_model_path('given')\ndef run(x):\n    return x\n"
    )
    assert notebook.capture(cell, models=["given:2"]).models == ("given:2", "first", "second", "third:3")


def test_a_missing_init_is_written(notebook: Notebook) -> None:
    assert "def init():\n    pass\n\n\ndef run(x):" in notebook.script("def run(x):\n    return x\n")


def test_all_names_of_a_module(notebook: Notebook) -> None:
    notebook.cells("sqrt = 5\nstep = 1")
    cell = "from math import *\nfrom wave import *\n\ndef run(x):\n    return sqrt(x) + step\n"
    assert notebook.answers(cell, [4]) == [3.0]
    notebook.capture("from a_module_that_is_not_loaded import *\n\ndef run(x):\n    return of_it(x)\n")


@pytest.mark.parametrize("ending", ["", "\n", "\n\n\n", "\n# the end\n"])
def test_one_newline_ends_the_script(notebook: Notebook, ending: str) -> None:
    script = notebook.script(f"\n\ndef run(x):\n    return x{ending}")
    assert script.endswith("\n")
    assert not script.endswith("\n\n")
    assert ("# the end" in script) == ("end" in ending)


def test_strings_over_several_lines_stay_as_they_are(notebook: Notebook) -> None:
    notebook.cells('TEXT = """a\n\n\n\n  b   \n"""')
    cell = 'def run(x):\n    return TEXT + """\n\n\n\ndef run(y):\n   end"""\n'
    assert notebook.answers(cell, [1]) == ["a\n\n\n\n  b   \n\n\n\n\ndef run(y):\n   end"]


def test_code_with_side_effects_and_a_main_block_stay(notebook: Notebook) -> None:
    cell = (
        "import os\nos.environ['LIMIT_OF_OURS'] = '3'\nimport json\n\ndef run(x):\n    return os.environ['LIMIT_OF_OURS']\n\n"  # noqa: E501
        "if __name__ == '__main__':\n    print(run(1))\n"
    )
    script = notebook.script(cell)
    assert script.index("os.environ['LIMIT_OF_OURS'] = '3'\nimport json") > 0
    assert "if __name__ == '__main__':\n    print(run(1))" in script
    assert notebook.answers(cell, [1]) == ["3"]


def test_a_read_only_folder(notebook: Notebook) -> None:
    (notebook.folder / "captured1").write_text("a file is in the way")
    from jupyter_mlops.errors import StorageError

    with pytest.raises(StorageError, match="cannot be written"):
        notebook.capture("def run(x):\n    return x\n")
    assert Path(notebook.folder / "captured1").is_file()
