"""The next thing to type, as a terminal takes it: an error of a lower layer names the magic."""

from __future__ import annotations

import re

__all__ = ["for_a_terminal"]

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
    (r"%update_service ([\w.-]+)", r"service update -n \1"),
    (r"%deploy ([\w.-]+)", r"model deploy -n \1"),
)


def for_a_terminal(text: str) -> str:
    """The text with commands in the place of magics, where there is one that does the same."""
    for magic, command in _COMMANDS:
        text = re.sub(rf"(?<![%\w]){magic}", rf"jupyter mlops {command}", text)
    return re.sub(r"%%score_script NAME --model [\w.-]+", "--entry-script FILE", text)
