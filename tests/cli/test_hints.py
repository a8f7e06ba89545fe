"""A hint in a terminal can be typed there."""

from __future__ import annotations

import pytest

from jupyter_mlops.cli.hints import for_a_terminal
from jupyter_mlops.cli.parser import build


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
