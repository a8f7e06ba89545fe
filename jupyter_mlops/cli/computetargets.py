"""`jupyter mlops computetarget …`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from jupyter_mlops import plugins
from jupyter_mlops.cli.models import workspace_of
from jupyter_mlops.cli.output import print_json, print_table
from jupyter_mlops.cli.parser import Verbs, reader

__all__ = ["add_to"]


def add_to(groups: Any) -> None:
    verbs = Verbs(groups, "computetarget", "places to run services, under a name")
    verb = verbs.add("attach", _attach, "a name for a kind of target and its settings")
    verb.add_argument("kind", help=f"one of: {', '.join(plugins.names('targets'))}")
    verb.add_argument("--name", "-n", required=True)
    verb.add_argument("--setting", type=reader("pair"), action="append", default=[], metavar="K=V")
    verbs.add("list", _list, "the targets that are attached")
    verb = verbs.add("detach", _detach, "forget a name; what runs there goes on")
    verb.add_argument("--name", "-n", required=True)


def _attach(options: argparse.Namespace) -> None:
    from jupyter_mlops.registry import targets

    plugins.load("targets", options.kind)  # a kind that nobody provides is an error now, not at the deployment
    record = targets.attach(workspace_of(options).store, options.name, options.kind, dict(options.setting))
    print(f"target {record.name!r} ({record.kind}) is attached: --target {record.name}", file=sys.stderr)


def _list(options: argparse.Namespace) -> None:
    from jupyter_mlops.registry import targets

    rows = [
        {"name": record.name, "kind": record.kind, "settings": record.configuration}
        for record in targets.search(workspace_of(options).store)
    ]
    if options.output == "json":
        print_json(rows)
        return
    built_in = ", ".join(plugins.names("targets"))
    print_table(rows, ("name", "kind", "settings"), empty=f"none attached; there without attaching: {built_in}")


def _detach(options: argparse.Namespace) -> None:
    from jupyter_mlops.registry import targets

    targets.detach(workspace_of(options).store, options.name)
    print(f"target {options.name!r} is detached", file=sys.stderr)
