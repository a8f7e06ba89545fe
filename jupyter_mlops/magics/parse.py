"""Words into options: one parser for all magics, made from the table of verbs.

No abbreviations, no option that silently wins over itself, and every mistake in one line that says what to type.
"""

from __future__ import annotations

import argparse
import difflib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from jupyter_mlops.errors import UsageError
from jupyter_mlops.magics.line import unquoted, unwrapped, words
from jupyter_mlops.views.options import Kind, Option, Verb, read_value

__all__ = ["Given", "parse", "refuse_bare"]


@dataclass(frozen=True)
class Given:
    """What was typed: the arguments in their order, and the options that were given, by key."""

    verb: Verb
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    help: bool = False

    @property
    def nothing(self) -> bool:
        """A bare call."""
        return not self.arguments and not self.options

    @property
    def name(self) -> str:
        """The first argument."""
        return str(self.arguments[0])

    @property
    def argument(self) -> Any:
        """The first argument; None when it was left out."""
        return self.arguments[0] if self.arguments else None

    def get(self, key: str, default: Any = None) -> Any:
        """An option's value; `default` when it was not given."""
        return self.options.get(key, default)

    def pairs(self, key: str) -> dict[str, str]:
        """A `pair` option as a dictionary; empty when it was not given."""
        return dict(self.options.get(key, ()))


def parse(verb: Verb, line: str) -> Given:
    """Read a line. Raises `UsageError`; a bare call and one with `--help` lack nothing."""
    typed = words(line.rstrip().removesuffix(";"))
    if any(word in ("--help", "-h", "-?") for word in typed):
        return Given(verb, (), {}, help=True)
    if not typed:
        return Given(verb, (), {})
    known, rest = _parser(verb).parse_known_intermixed_args(typed)
    found = vars(known)
    arguments = found.pop("arguments")
    _refuse(verb, rest + arguments[len(verb.arguments) :])
    options = {
        option.key: _converted(option, found[option.key])
        for option in verb.options
        if found.get(option.key) is not None
    }
    values = tuple(
        _value(argument.kind, word, argument.name) for argument, word in zip(verb.arguments, arguments, strict=False)
    )
    _complain_about_missing(verb, values, options)
    return Given(verb, values, options)


class _Parser(argparse.ArgumentParser):
    def __init__(self, verb: Verb) -> None:
        super().__init__(prog=_typed(verb), add_help=False, allow_abbrev=False)
        self._typed = _typed(verb)

    def error(self, message: str) -> NoReturn:
        raise UsageError(message.replace("argument ", ""), hint=f"{self._typed} --help lists the options")


class _Once(argparse.Action):
    def __call__(
        self, _parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            raise UsageError(f"{option} is given twice", hint="leave one of them out")
        setattr(namespace, self.dest, True if self.nargs == 0 else values)


def _typed(verb: Verb) -> str:
    return f"%%{verb.name}" if verb.cell else f"%{verb.name}"


@cache
def _parser(verb: Verb) -> _Parser:
    parser = _Parser(verb)
    parser.add_argument("arguments", nargs="*")
    for option in verb.options:
        how: dict[str, Any] = {"action": "append"} if option.many else {"action": _Once}
        if option.kind == "flag":
            how |= {"nargs": 0}
        parser.add_argument(option.flag, *option.aliases, dest=option.key, default=None, **how)
    return parser


def _refuse(verb: Verb, rest: list[str]) -> None:
    if not rest:
        return
    first = rest[0]
    if not first.startswith("-"):
        raise UsageError(
            f"{_typed(verb)} does not know what to do with {first!r}", hint='quote a value that has spaces: "…"'
        )
    flag = first.partition("=")[0]
    spellings = [spelling for option in verb.options for spelling in (option.flag, *option.aliases)]
    near = difflib.get_close_matches(flag, spellings, 1)
    hint = f"did you mean {near[0]}?" if near else f"{_typed(verb)} --help lists the options"
    raise UsageError(f"{_typed(verb)} has no option {flag}", hint=hint)


def refuse_bare(verb: Verb) -> NoReturn:
    """Say what is missing from a line that is empty. Raises `UsageError`."""
    _complain_about_missing(verb, (), {})
    raise AssertionError(f"{verb.name} needs nothing")


def _complain_about_missing(verb: Verb, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    for argument in verb.arguments[len(arguments) :]:
        if argument.required:
            raise UsageError(f"{argument.name} is missing: {argument.help}", hint=f"for example {verb.example}")
    for option in verb.options:
        if option.required and option.key not in options:
            raise UsageError(f"{option.flag} is missing: {option.help}", hint=f"for example {verb.example}")


# ── values ──


def _converted(option: Option, typed: Any) -> Any:
    if option.kind == "flag":
        return True
    if option.many:
        return [_value(option.kind, word, option.flag) for word in typed]
    value = _value(option.kind, typed, option.flag)
    if option.choices and value not in option.choices:
        near = difflib.get_close_matches(str(value), option.choices, 1, 0.3)
        hint = f"did you mean {near[0]}?" if near else None
        raise UsageError(f"{option.flag} is one of {', '.join(option.choices)}, not {value!r}", hint=hint)
    return value


def _value(kind: Kind, word: str, where: str) -> Any:
    if kind in ("expression", "thing"):
        return unwrapped(word)
    if kind == "json":
        return _json(unwrapped(word), where)
    try:
        return read_value(kind, unquoted(word))
    except ValueError as error:
        raise UsageError(f"{where} {error}", hint=f"{where} stage=test" if kind == "pair" else None) from None


def _json(text: str, where: str) -> str:
    """JSON text, checked; `@FILE` is read."""
    if text.startswith("@"):
        try:
            text = Path(text[1:]).expanduser().read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot read {text[1:]}: {error.strerror}", where=where) from error
    try:
        json.loads(text)
    except ValueError as error:
        raise UsageError(f"{where} is not JSON: {error}", hint="""--json '{"data": [[1, 2]]}'""") from error
    return text
