"""`jupyter mlops operation …`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from jupyter_mlops.cli.models import workspace_of
from jupyter_mlops.cli.output import print_json, print_one, print_table
from jupyter_mlops.cli.parser import Verbs

__all__ = ["add_to"]

_COLUMNS = ("id", "kind", "subject", "state", "stage", "user", "created")


def add_to(groups: Any) -> None:
    verbs = Verbs(groups, "operation", "builds, deployments, updates and deletions: what is at work, what became of it")
    verb = verbs.add("list", _list, "operations, newest first")
    verb.add_argument("--state", choices=("Queued", "Running", "Succeeded", "Failed", "Cancelled", "Interrupted"))
    verb = verbs.add("show", _show, "one operation, its stages and its log")
    verb.add_argument("id")
    verb.add_argument("--follow", action="store_true", help="until it ends; the exit code says how it went")
    verb = verbs.add("cancel", _cancel, "stop one")
    verb.add_argument("id")


def _list(options: argparse.Namespace) -> None:
    from jupyter_mlops.sdk.operation import Operation

    documents = [operation.serialize() for operation in Operation.list(workspace_of(options), state=options.state)]
    if options.output == "json":
        print_json(documents)
        return
    print_table(documents, _COLUMNS, empty="no operation yet")


def _show(options: argparse.Namespace) -> None:
    from jupyter_mlops.sdk.operation import Operation

    operation = Operation(workspace_of(options), options.id)
    if options.follow:
        for event in operation.follow():
            print(event.message, file=sys.stderr, flush=True)
        operation.wait()
    lines = [event.message for event in operation.events() if event.kind == "log"]
    if options.output == "json":
        print_json(operation.serialize() | {"log": lines})
        return
    print_one(operation.serialize())
    for line in lines:
        print(f"  {line}")


def _cancel(options: argparse.Namespace) -> None:
    from jupyter_mlops.sdk.operation import Operation

    Operation(workspace_of(options), options.id).cancel()
    print(f"operation {options.id} is asked to stop", file=sys.stderr)
