"""`jupyter mlops gc`: what crashes left in the Docker engine, and what nothing uses any more."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from jupyter_mlops.cli.models import workspace_of
from jupyter_mlops.cli.output import print_json, print_table

__all__ = ["add_to"]


def add_to(groups: Any) -> None:
    summary = "remove what crashes left in the Docker engine, and what was built there and nothing uses any more"
    parser = groups.add_parser("gc", help=summary, description=summary)
    parser.set_defaults(command=_gc)
    parser.add_argument("--workspace", "-w", metavar="URL", help="a folder or a database URL, in place of your own")
    parser.add_argument("--output", "-o", choices=("table", "json"), default="table", help="what is printed")
    parser.add_argument("--plan", action="store_true", help="say what would be removed, and remove nothing")


def _gc(options: argparse.Namespace) -> None:
    from jupyter_mlops.operations import orphans

    found = orphans.find(workspace_of(options).store)
    rows = [orphan._asdict() for orphan in found]
    if options.output == "json":
        print_json(rows)
    else:
        print_table(rows, ("kind", "name", "why"), empty="nothing is left over")
    if not options.plan:
        for orphan in orphans.remove(found):
            print(f"{orphan.kind} {orphan.name} is in use and stays", file=sys.stderr)
