"""The grammar: groups, verbs, and the options that the magics and the command line share. Imports nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from jupyter_mlops.version import __version__
from jupyter_mlops.views.options import Kind, Option, read_value
from jupyter_mlops.views.verbs import verb as magic

__all__ = ["Verbs", "add_options", "build", "reader"]

Command = Callable[[argparse.Namespace], int | None]

_NOTEBOOK_ONLY = frozenset({"expression", "thing"})
"""Kinds of value that only a notebook has: its variables."""

_SHORT = {"--es": "-es", "--sd": "-sd", "--cf": "-cf", "--ic": "-ic", "--dc": "-dc", "--ct": "-ct"}
"""Azure's CLI had both spellings."""


class _Parser(argparse.ArgumentParser):
    """No abbreviations, and an error of one line that says where help is."""

    def __init__(self, **settings: Any):
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (--help lists the options)\n")


class _Once(argparse.Action):
    """An option that takes one value and is given twice is an error: the first would be lost silently."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        given = namespace.__dict__.setdefault("_given", set())
        if self.dest in given:
            parser.error(f"{option} is given twice")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


class Verbs:
    """The verbs of one group."""

    def __init__(self, groups: Any, name: str, summary: str):
        group = groups.add_parser(name, help=summary, description=summary)
        self._verbs = group.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)

    def add(self, name: str, command: Command, summary: str) -> argparse.ArgumentParser:
        """A verb: every one knows `--workspace` and `--output`."""
        verb: argparse.ArgumentParser = self._verbs.add_parser(name, help=summary, description=summary)
        verb.register("action", None, _Once)
        verb.set_defaults(command=command)
        verb.add_argument("--workspace", "-w", metavar="URL", help="a folder or a database URL, in place of your own")
        verb.add_argument(
            "--output", "-o", choices=("table", "json"), default="table", help="what is printed (default: table)"
        )
        return verb


def build() -> argparse.ArgumentParser:
    """The whole command line."""
    from jupyter_mlops.cli import computetargets, gc, images, models, operations, services, workspaces

    parser = _Parser(prog="jupyter mlops", description="Register, deploy, watch and update models.")
    parser.add_argument("--version", action="version", version=__version__)
    groups = parser.add_subparsers(metavar="GROUP", required=True, parser_class=_Parser)
    for module in (models, services, images, computetargets, operations, workspaces, gc):
        module.add_to(groups)
    return parser


def add_options(
    parser: argparse.ArgumentParser, of_magic: str, *, only: tuple[str, ...] = (), without: tuple[str, ...] = ()
) -> None:
    """The options of a magic, under the same names and aliases; those over a notebook's variables are left out."""
    for option in magic(of_magic).options:
        wanted = option.name in only if only else option.name not in without
        if wanted and option.kind not in _NOTEBOOK_ONLY:
            _add(parser, option)


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    spellings = [option.flag, *option.aliases, *(_SHORT[alias] for alias in option.aliases if alias in _SHORT)]
    if option.kind == "flag":
        parser.add_argument(*spellings, dest=option.key, action="store_true", help=option.help)
        return
    settings: dict[str, Any] = {"dest": option.key, "help": option.help, "type": reader(option.kind)}
    if option.many:
        settings |= {"action": "append", "default": []}
    if option.choices:
        settings["choices"] = option.choices
    else:
        settings["metavar"] = option.metavar or option.name.rpartition("-")[2].upper()
    parser.add_argument(*spellings, required=option.required, **settings)


def reader(kind: Kind) -> Callable[[str], Any]:
    """How argparse reads a value of this kind; it says what the option takes."""

    def read(text: str) -> Any:
        try:
            return read_value(kind, text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read
