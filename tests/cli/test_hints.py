"""A hint in a terminal can be typed there."""

from __future__ import annotations

import pytest

from jupyter_mlops.cli.hints import for_a_terminal, retell
from jupyter_mlops.cli.parser import build
from jupyter_mlops.errors import UsageError


@pytest.mark.parametrize(
    ("magic", "command"),
    [
        ("%delete_service web", "service delete -n web"),
        ("%delete_image web:1", "image delete -i web:1"),
        ("%delete_model diabetes:12", "model delete -i diabetes:12"),
        ("%operations --cancel 3e1558c1bed9", "operation cancel 3e1558c1bed9"),
        ("%operations 3e1558c1bed9", "operation show 3e1558c1bed9"),
        ("%operations", "operation list"),
        ("%models", "model list"),
        ("%images", "image list"),
        ("%services", "service list"),
        ("%service_logs web", "service get-logs -n web"),
        ("%service_keys web --regenerate primary", "service regen-key -n web --key primary"),
        ("%start_service web", "service start -n web"),
        ("%update_service web", "service update -n web"),
        ("%deploy web", "model deploy -n web"),
    ],
)
def test_the_command_of_a_magic_is_one_that_exists(magic: str, command: str) -> None:
    assert for_a_terminal(f"in use; {magic} first") == f"in use; jupyter mlops {command} first"
    assert build().parse_args(command.split()).command


def test_what_has_no_command_stays() -> None:
    assert for_a_terminal("the value is 5 %models_of") == "the value is 5 %models_of"
    assert for_a_terminal("give a script: %%score_script NAME --model seed") == "give a script: --entry-script FILE"


@pytest.mark.parametrize(
    ("python", "command"),
    [
        ("Webservice(ws, 'web').update(models=[new_model])", "service update -n web --model N:V"),
        ("Webservice(ws, 'web').start()", "service start -n web"),
        ("Webservice(ws, 'web').get_keys()", "service get-keys -n web"),
        ("service.get_logs()", "service get-logs -n NAME"),
        ("Model.list(ws, 'diabetes')", "model list -n diabetes"),
        ("Workspace.create('lab', location='/team')", "workspace create -n lab --location /team"),
    ],
)
def test_the_command_of_a_piece_of_python_is_one_that_exists(python: str, command: str) -> None:
    assert for_a_terminal(f"nothing there; {python}") == f"nothing there; jupyter mlops {command}"
    assert build().parse_args(command.split()).command


def test_an_update_with_nothing_to_do_says_what_to_type() -> None:
    error = UsageError("nothing to update", hint="Webservice(ws, 'web').update(models=[new_model])", details="ws: kept")
    retell(error)
    assert str(error) == "nothing to update; jupyter mlops service update -n web --model N:V\nws: kept"
