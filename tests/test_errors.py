"""An error is one line: where, what, and the next thing to type; it survives JSON and IPython shows it as it is."""

from __future__ import annotations

import pytest

from jupyter_mlops import errors
from jupyter_mlops.errors import CaptureError, MlopsError, NotFoundError, from_dict


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MlopsError("the disk is full"), "the disk is full"),
        (MlopsError("no run()", where="Cell [7], line 3"), "Cell [7], line 3: no run()"),
        (NotFoundError("no model 'a'", hint="did you mean b?"), "no model 'a'; did you mean b?"),
        (MlopsError("it is live", hint="Type %register_model"), "it is live. Type %register_model"),
    ],
)
def test_the_line(error: MlopsError, line: str) -> None:
    assert error.message == line
    assert str(error) == line


def test_details_stand_below_the_line() -> None:
    error = CaptureError("failed", details="Traceback …\nValueError: x\n")
    assert str(error) == "failed\nTraceback …\nValueError: x"
    assert error._render_traceback_() == ["CaptureError: failed", "Traceback …", "ValueError: x"]


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name[0].isupper()])
def test_every_error_survives_json(name: str) -> None:
    error = getattr(errors, name)("what", where="where", hint="hint", details="details")
    again = from_dict(error.to_dict())
    assert type(again) is type(error)
    assert str(again) == str(error)


def test_an_unknown_type_is_read_as_the_root() -> None:
    assert type(from_dict({"type": "OfTomorrow", "what": "w"})) is MlopsError
