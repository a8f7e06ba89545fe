"""`jupyter mlops workspace …` and `jupyter mlops doctor`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import Any

from jupyter_mlops.cli.models import workspace_of
from jupyter_mlops.cli.output import print_json, print_one
from jupyter_mlops.cli.parser import Verbs

__all__ = ["add_to"]


def add_to(groups: Any) -> None:
    verbs = Verbs(groups, "workspace", "where names live")
    verbs.add("show", _show, "which workspace this is, and what is in it")
    verb = verbs.add("create", _create, "a new one")
    verb.add_argument("--name", "-n", required=True)
    verb.add_argument("--location", metavar="URL", help="a folder or a database URL")
    verb.add_argument("--blob-root", metavar="URL", help="where files go, for a database: any fsspec URL")
    verbs.add("upgrade", _upgrade, "bring its database to this program's schema")

    doctor = groups.add_parser(
        "doctor",
        help="what this machine can do, and what to install for the rest",
        description="What this machine can do, and what to install for the rest.",
    )
    doctor.add_argument("--output", "-o", choices=("table", "json"), default="table")
    doctor.set_defaults(command=_doctor)


def _show(options: argparse.Namespace) -> None:
    details = workspace_of(options).get_details()
    if options.output == "json":
        print_json(details)
    else:
        print_one(details)


def _create(options: argparse.Namespace) -> None:
    from jupyter_mlops.sdk.workspace import Workspace

    workspace = Workspace.create(options.name, options.location, blob_root=options.blob_root, show_output=False)
    if options.output == "json":
        print_json(workspace.get_details())
    else:
        print_one(workspace.get_details())


def _upgrade(options: argparse.Namespace) -> None:
    old, new = workspace_of(options).upgrade()
    message = f"schema {new}, as it was" if old == new else f"schema {old} → {new}"
    if options.output == "json":
        print_json({"from": old, "to": new})
    else:
        print(message)


def _doctor(options: argparse.Namespace) -> int:
    from jupyter_mlops.cli.doctor import examine

    findings = examine()
    if options.output == "json":
        print_json([asdict(finding) for finding in findings])
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark = "✓" if finding.ok else "✗" if finding.needed else "·"
            cure = f"   → {finding.cure}" if finding.cure and not finding.ok else ""
            print(f"{mark} {finding.name.ljust(width)}  {finding.what}{cure}")
    bad = [finding.name for finding in findings if finding.needed and not finding.ok]
    if bad:
        print(f"not ready: {', '.join(bad)}", file=sys.stderr)
    return 1 if bad else 0
