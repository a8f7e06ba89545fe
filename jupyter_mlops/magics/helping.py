"""`--help`: a verb's summary, arguments, options and example as text. Pure."""

from __future__ import annotations

from jupyter_mlops.views.options import Option, Verb
from jupyter_mlops.views.verbs import service_option_names

__all__ = ["help_text"]

_COLUMN = 34


def help_text(verb: Verb) -> str:
    """What `%verb --help` prints."""
    sign = "%%" if verb.cell else "%"
    arguments = " ".join(argument.name if argument.required else f"[{argument.name}]" for argument in verb.arguments)
    lines = [f"{sign}{verb.name} {arguments} [options]".replace("  ", " "), "", f"  {verb.summary}", ""]
    lines += [_row(argument.name, argument.help) for argument in verb.arguments]
    target = {name.replace("_", "-") for name in service_option_names()} | {"env"}
    lines += [_option(option) for option in verb.options if option.name not in target]
    its = [_option(option) for option in verb.options if option.name in target]
    if its:
        lines += ["", "  options of the target:", *its]
    return "\n".join([*lines, "", f"  example: {verb.example}"])


def _option(option: Option) -> str:
    value = "" if option.kind == "flag" else f" {option.metavar or '|'.join(option.choices) or option.name.upper()}"
    spelled = ", ".join([option.flag, *option.aliases]) + value
    notes = " (needed)" if option.required else " (may be repeated)" if option.many else ""
    return _row(spelled, f"{option.help}{notes}")


def _row(left: str, right: str) -> str:
    if len(left) >= _COLUMN:
        return f"  {left}\n  {'':{_COLUMN}}{right}"
    return f"  {left:{_COLUMN}}{right}"
