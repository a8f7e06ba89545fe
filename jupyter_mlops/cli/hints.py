"""The next thing to type, as a terminal takes it: an error of a lower layer names Python, or the magic."""

from __future__ import annotations

import re

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.views.hints import for_a_cell

__all__ = ["for_a_terminal", "retell"]

#: What a hint says → the command that does the same. The longer form of a magic stands before the shorter.
_COMMANDS: tuple[tuple[str, str], ...] = (
    (r"%delete_(service) ([\w.-]+)", r"\1 delete -n \2"),
    (r"%delete_(image|model) ([\w.-]+:\d+)", r"\1 delete -i \2"),
    (r"%operations --cancel (\w+)", r"operation cancel \1"),
    (r"%operations ([0-9a-f]{12})\b", r"operation show \1"),
    (r"%(operation|model|image|service)s\b", r"\1 list"),
    (r"%service_logs ([\w.-]+)", r"service get-logs -n \1"),
    (r"%service_keys ([\w.-]+) --regenerate (\w+)", r"service regen-key -n \1 --key \2"),
    (r"%start_service ([\w.-]+)", r"service start -n \1"),
    (r"%service_keys ([\w.-]+)", r"service get-keys -n \1"),
    (r"%update_service ([\w.-]+)", r"service update -n \1"),
    (r"%deploy ([\w.-]+)", r"model deploy -n \1"),
)

#: Python that has a command and no magic of the same form.
_PYTHON: tuple[tuple[str, str], ...] = (
    (r"Workspace\.create\('([^']+)', location='([^']+)'\)", r"workspace create -n \1 --location \2"),
    (r"Model\.list\(ws, '([\w.-]+)'\)", r"model list -n \1"),
)


def for_a_terminal(text: str) -> str:
    """The text with commands in the place of magics and Python, where there is one that does the same."""
    for python, command in _PYTHON:
        text = re.sub(python, rf"jupyter mlops {command}", text)
    text = for_a_cell(text)
    for magic, command in _COMMANDS:
        text = re.sub(rf"(?<![%\w]){magic}", rf"jupyter mlops {command}", text)
    return re.sub(r"%%score_script NAME --model [\w.-]+", "--entry-script FILE", text)


def retell(error: MlopsError) -> None:
    """Say an error in a terminal's words; what a script or a container said (`details`) stays."""
    error.what = for_a_terminal(error.what)
    error.hint = None if error.hint is None else for_a_terminal(error.hint)
