"""A bare call: what exists that the verb could be about, and one example to type."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jupyter_mlops.views import listings
from jupyter_mlops.views.look import Note, Table
from jupyter_mlops.views.markup import el, join
from jupyter_mlops.views.options import Verb
from jupyter_mlops.views.screen import Screen

if TYPE_CHECKING:
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["show_what_exists"]

_ROWS = 20


def show_what_exists(verb: Verb, workspace: Workspace) -> None:
    """Show it, with the example below."""
    table = _TABLES[verb.bare or ""](workspace)
    help_line = f"{'%%' if verb.cell else '%'}{verb.name} --help"
    example = Note(
        f"for example: {verb.example}   ({help_line})",
        rich=join("for example ", el("code", verb.example), " · ", el("code", help_line)),
    )
    screen = Screen()
    screen.show(table, example)
    screen.say(f"{table.text()}\n{example.text()}")


def _models(workspace: Workspace) -> Table:
    from jupyter_mlops.sdk.model import Model

    found = Model.list(workspace, latest=True, limit=_ROWS)
    return listings.models_listing(found).look()


def _images(workspace: Workspace) -> Table:
    from jupyter_mlops.sdk.image import Image

    return listings.images_listing(Image.list(workspace)[:_ROWS]).look()


def _services(workspace: Workspace) -> Table:
    from jupyter_mlops.sdk.webservice import Webservice

    return listings.services_look(Webservice.list(workspace))


def _scripts(workspace: Workspace) -> Table:
    from jupyter_mlops.sdk.script import Script
    from jupyter_mlops.views.scripts import scripts_table

    kept = [script.record for script in Script.list(workspace)]
    return scripts_table(kept[:_ROWS])


_TABLES: dict[str, Callable[[Workspace], Table]] = {
    "model": _models,
    "image": _images,
    "service": _services,
    "script": _scripts,
}
