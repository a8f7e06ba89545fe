"""Captured entry scripts: find, read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_mlops.serverextension import shapes
from jupyter_mlops.serverextension.asked import Asked

if TYPE_CHECKING:
    from jupyter_mlops.sdk.script import Script

__all__ = ["search", "show"]


def search(asked: Asked) -> dict[str, Any]:
    """A page of them, newest first."""
    from jupyter_mlops.sdk.script import Script

    query = asked.query
    return shapes.page(
        query,
        partial(Script.list, asked.workspace, name=query["name"], part=query["q"]),
        lambda found: [_document(script) for script in found],
    )


def show(asked: Asked) -> dict[str, Any]:
    """One, with its source."""
    from jupyter_mlops.sdk.script import Script

    script = Script(asked.workspace, asked.path["script"])
    return {
        **_document(script),
        "source": script.source,
        "files": [*script.files],
        "example": script.record.sample_input,
    }


def _document(script: Script) -> dict[str, Any]:
    return {**script.serialize(), "provenance": shapes.provenance(script.record.provenance)}
