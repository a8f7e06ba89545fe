"""The next thing to type, as a cell takes it: an error of the SDK names Python."""

from __future__ import annotations

import re
from functools import partial

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.views.verbs import service_option_names

__all__ = ["for_a_cell", "retell"]

_SERVICE = r"(?:Webservice\(ws, '(?P<name>[\w.-]+)'\)|\bservice)"

#: What a hint says → the line that does the same; `{name}` is the service's, or NAME where the hint has none.
_LINES: tuple[tuple[str, str], ...] = (
    (rf"{_SERVICE}\.update\(models=\[new_model\]\)", "%update_service {name} --model N:V"),
    (
        rf"{_SERVICE}\.update\(models=\[…\], inference_config=InferenceConfig\(…\)\)",
        "%update_service {name} --model … --script …",
    ),
    (rf"{_SERVICE}\.update\(…\)", "%update_service {name} …"),
    (rf"{_SERVICE}\.start\(\)", "%start_service {name}"),
    (rf"{_SERVICE}\.get_keys\(\)", "%service_keys {name}"),
    (rf"{_SERVICE}\.get_logs\(\)", "%service_logs {name}"),
    (rf"{_SERVICE}\.wait_for_deployment\(\)", "%operations"),
    (r"Model\.list\(ws, '(?P<name>[\w.-]+)'\)", "%models {name}"),
    (r"InferenceConfig\(entry_script=…\) or script=…", "--entry-script FILE or --script S"),
    (r"\bauth_enabled=False\b", "--auth-enabled false"),
)
_OPTION = re.compile(rf"(?<![\w'-])({'|'.join(name for name in service_option_names() if '_' in name)})\b")


def for_a_cell(text: str) -> str:
    """The text with magics and their options in the place of Python, where there is one that does the same."""
    for python, line in _LINES:
        text = re.sub(python, partial(_line, line), text)
    return _OPTION.sub(lambda found: f"--{found[1].replace('_', '-')}", text)


def _line(line: str, found: re.Match[str]) -> str:
    return line.format(name=found.groupdict().get("name") or "NAME")


def retell(error: MlopsError) -> None:
    """Say an error in a cell's words; what a script or a container said (`details`) stays."""
    error.what = for_a_cell(error.what)
    error.hint = None if error.hint is None else for_a_cell(error.hint)
