from __future__ import annotations

import pytest

from jupyter_mlops.records import LineOrigin
from jupyter_mlops.services.failures import explain

TRACEBACK = (
    'Traceback (most recent call last):\n  File "/x/source/score.py", line 3, in init\n    1 / 0\n'
    "ZeroDivisionError: zero"
)


def test_a_traceback_is_at_the_cells_lines() -> None:
    failed = {"where": "init", "message": "ZeroDivisionError: zero", "traceback": TRACEBACK}
    explained = explain(failed, "source/score.py", [LineOrigin(3, "Cell [7]", 9)])
    assert explained.what == "init() failed: ZeroDivisionError: zero"
    assert "Cell [7], line 9, in init" in str(explained.details)


@pytest.mark.parametrize(
    ("failed", "what", "hint"),
    [
        ({"where": "crash", "signal": "SIGKILL", "message": "x"}, "the worker was killed by SIGKILL", None),
        ({"where": "crash", "message": "The worker exited with code 5"}, "The worker exited with code 5", None),
        (
            {"where": "lock", "message": "numpy 2.0 is missing"},
            "the environment is not as it was locked: numpy 2.0 is missing",
            "capture the environment again",
        ),
        ({"where": "something new", "message": "words"}, "the service failed: words", None),
    ],
)
def test_each_failure_has_its_line(failed: dict[str, object], what: str, hint: str | None) -> None:
    explained = explain(failed, "source/score.py")
    assert (explained.what, explained.hint) == (what, hint)


def test_the_last_lines_stand_in_for_a_traceback() -> None:
    failed = {"where": "crash", "signal": "SIGABRT", "tail": "libfoo: assertion failed\n"}
    assert explain(failed, "source/score.py").details == "libfoo: assertion failed"
