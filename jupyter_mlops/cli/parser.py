"""The grammar: groups, verbs and the options that several verbs share. Imports nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from jupyter_mlops import __version__

__all__ = ["Verbs", "build", "pairs", "tag_filters"]

Command = Callable[[argparse.Namespace], int | None]


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
    from jupyter_mlops.cli import computetargets, images, models, operations, services, workspaces

    parser = _Parser(prog="jupyter mlops", description="Register, deploy, watch and update models.")
    parser.add_argument("--version", action="version", version=__version__)
    groups = parser.add_subparsers(metavar="GROUP", required=True, parser_class=_Parser)
    for module in (models, services, images, computetargets, operations, workspaces):
        module.add_to(groups)
    return parser


def pairs(text: str) -> tuple[str, str]:
    """`key=value`, as `--tag` and `--property` take it."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not key=value")
    return key, value


def tag_filters(text: str) -> str | list[str]:
    """`key` or `key=value`, as a search takes it."""
    key, equals, value = text.partition("=")
    return [key, value] if equals else key
