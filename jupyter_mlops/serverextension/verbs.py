"""Every click can show its magic: the table of verbs as JSON, and the line for an action."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.serverextension.asked import Asked
from jupyter_mlops.views.options import Kind, Option, Verb
from jupyter_mlops.views.verbs import VERBS

__all__ = ["LOAD", "line", "make", "table"]

LOAD = "%load_ext jupyter_mlops"

_SPECIAL = frozenset(" \t'\"()[]{}")


def table(_asked: Asked) -> dict[str, Any]:
    """All of them."""
    return {"verbs": [_verb(verb) for verb in VERBS]}


def _verb(verb: Verb) -> dict[str, Any]:
    options = [{**asdict(option), "flag": option.flag, "key": option.key} for option in verb.options]
    return {**asdict(verb), "magic": _typed(verb), "options": options}


def _typed(verb: Verb) -> str:
    return f"%%{verb.name}" if verb.cell else f"%{verb.name}"


def make(asked: Asked) -> dict[str, Any]:
    """The line that does the same as a click."""
    given = asked.body
    return {"magic": line(given["verb"], given.get("arguments") or [], given.get("options") or {}), "load": LOAD}


def line(verb: str, arguments: Sequence[str], options: Mapping[str, Any]) -> str:
    """`%verb ARGUMENTS --options`, in the order of the table; what is None, False or empty is left out.

    Options by name or key. Raises `UsageError` for a verb, an option or too many arguments that there are not.
    """
    known = next((found for found in VERBS if found.name == verb.lstrip("%")), None)
    if known is None:
        raise UsageError(f"no magic is called {verb!r}", hint=f"magics: {', '.join(found.name for found in VERBS)}")
    if len(arguments) > len(known.arguments):
        raise UsageError(f"{_typed(known)} takes {len(known.arguments)} arguments, not {len(arguments)}")
    wanted = {key.replace("-", "_"): value for key, value in options.items()}
    unknown = sorted(set(wanted) - {option.key for option in known.options})
    if unknown:
        raise UsageError(f"{_typed(known)} has no option --{unknown[0].replace('_', '-')}")
    values = [_word(argument.kind, text) for argument, text in zip(known.arguments, arguments, strict=False)]
    flags = [word for option in known.options for word in _option(option, wanted.get(option.key))]
    return " ".join([_typed(known), *values, *flags])


def _option(option: Option, value: Any) -> list[str]:
    if value is None or value == [] or value == {}:
        return []
    if option.kind == "flag":
        return [option.flag] if value else []
    return [f"{option.flag} {_word(option.kind, part)}" for part in _parts(option, value)]


def _parts(option: Option, value: Any) -> Iterable[Any]:
    if isinstance(value, dict) and option.kind in ("pair", "filter"):
        return [f"{key}={part}" for key, part in value.items()]
    return value if option.many and isinstance(value, (list, tuple)) else [value]


def _word(kind: Kind, value: Any) -> str:
    if kind == "json":
        text = value if isinstance(value, str) else json.dumps(value)
        return "'" + text.replace("'", "\\'") + "'"
    if kind == "boolean":
        return "true" if value else "false"
    text = " ".join(str(value).splitlines())
    if kind in ("expression", "thing") and not text.startswith("-"):
        return text if " " not in text else _quoted(text)
    return _quoted(text) if not text or text.startswith("-") or _SPECIAL & set(text) else text


def _quoted(text: str) -> str:
    """In the quotes that the text does not have. Where it has both, or a backslash that would escape one, in parts:
    quotes may stand anywhere in a word, and a backslash outside of them is one.
    """
    quote = "'" if '"' in text and "'" not in text else '"'
    if quote not in text and not text.endswith("\\"):
        return f"{quote}{text}{quote}"
    parts = re.findall(r"\\+|'[^\"\\]*|[^'\\]+", text)
    return "".join(part if part[0] == "\\" else f"'{part}'" if "'" not in part else f'"{part}"' for part in parts)
