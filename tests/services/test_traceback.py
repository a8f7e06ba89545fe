"""Tracebacks of real exceptions, mapped to the cells."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from jupyter_mlops.records import LineOrigin
from jupyter_mlops.services.traceback import map_traceback

SCRIPT = '''\
"""Entry script."""

LIMIT = 0


def ratio(a, b):
    return a / b


def run(data):
    return ratio(
        data,
        LIMIT,
    )
'''
LINES = (
    LineOrigin(6, "Cell [3]", 1),
    LineOrigin(7, "Cell [3]", 2),
    *(LineOrigin(10 + index, "Cell [7]", 4 + index) for index in range(5)),
)


def _fail(path: Path, source: str = SCRIPT) -> str:
    """The traceback of `run(1)` of a script that lies at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    names: dict[str, object] = {}
    try:
        exec(compile(source, str(path), "exec"), names)
        names["run"](1)  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001
        return "".join(traceback.format_exception(error))
    raise AssertionError("it did not fail")


def test_frames_of_the_script_become_lines_of_the_cells(tmp_path: Path) -> None:
    script = tmp_path / "source" / "score.py"
    mapped = map_traceback(_fail(script), script, LINES)
    assert "Cell [7], line 5, in run\n    return ratio(" in mapped
    assert "Cell [3], line 2, in ratio\n    return a / b" in mapped
    assert "score.py" not in mapped
    assert mapped.endswith("ZeroDivisionError: division by zero\n")


def test_a_relative_path_finds_the_script_wherever_it_was_unpacked(tmp_path: Path) -> None:
    text = _fail(tmp_path / "elsewhere" / "source" / "score.py")
    assert "Cell [7], line 5" in map_traceback(text, "source/score.py", LINES)


def test_another_file_of_the_same_name_is_left_alone(tmp_path: Path) -> None:
    text = _fail(tmp_path / "site-packages" / "score.py")
    assert map_traceback(text, "score.py", LINES) == text


def test_a_line_that_no_cell_had_keeps_its_place(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    assert f'File "{script}", line 11' in map_traceback(_fail(script), script, ())


SERVER = """\
2026-11-22 10:00:00 E - run() raised
Traceback (most recent call last):
  File "/env/jupyter_mlops/scoring/worker/main.py", line 88, in answer
    result = run(**arguments)
             ^^^^^^^^^^^^^^^^
  File "/env/lib/site-packages/inference_schema/schema_decorators.py", line 68, in decorator_input
    return user_run(*args, **kwargs)
  File "/app/source/score.py", line 11, in run
    return ratio(
           ^^^^^^
  File "/app/source/score.py", line 7, in ratio
    return a / b
           ~~^~~
  [Previous line repeated 2 more times]
ZeroDivisionError: division by zero
"""


def test_the_servers_own_frames_are_dropped() -> None:
    assert (
        map_traceback(SERVER, "/app/source/score.py", LINES)
        == """\
2026-11-22 10:00:00 E - run() raised
Traceback (most recent call last):
  Cell [7], line 5, in run
    return ratio(
           ^^^^^^
  Cell [3], line 2, in ratio
    return a / b
           ~~^~~
  [Previous line repeated 2 more times]
ZeroDivisionError: division by zero
"""
    )


def test_the_decorators_frame_stays_when_it_is_the_last() -> None:
    text = SERVER.split('  File "/app')[0] + "ValueError: not a frame\n"
    mapped = map_traceback(text, "/app/source/score.py", LINES)
    assert "schema_decorators.py" in mapped
    assert "worker/main.py" not in mapped


@pytest.mark.parametrize("text", ["", "plain log line\n", "no newline at the end", "a\n\nb\n"])
def test_text_without_a_traceback_stays(text: str) -> None:
    assert map_traceback(text, "score.py", LINES) == text


def test_chained_and_grouped_exceptions(tmp_path: Path) -> None:
    source = SCRIPT.replace(
        "    return a / b",
        "    try: a / b\n    except ZeroDivisionError as error: raise ExceptionGroup('both', [ValueError('x'), error])",
    )
    script = tmp_path / "score.py"
    lines = tuple(LineOrigin(number, "Cell [1]", number) for number in range(1, 30))
    mapped = map_traceback(_fail(script, source), script, lines)
    assert "score.py" not in mapped
    assert "  | Cell [1], line 8, in ratio" in mapped or "  +-+" in mapped
    assert "During handling of the above exception" in mapped
    assert "ValueError: x" in mapped


def test_a_syntax_error_points_at_the_cell() -> None:
    text = 'Traceback (most recent call last):\n  File "/app/score.py", line 7\n    return a /\n              ^\nSyntaxError: invalid syntax\n'  # noqa: E501
    assert "  Cell [3], line 2\n    return a /\n" in map_traceback(text, "score.py", LINES)
