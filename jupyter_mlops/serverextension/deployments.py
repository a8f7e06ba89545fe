"""What changes which service runs what: plan, deploy, update, roll back, delete. An operation does each."""

from __future__ import annotations

import os
from typing import Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.serverextension import kernels, option_values
from jupyter_mlops.serverextension.asked import Answer, Asked
from jupyter_mlops.serverextension.places import FILES
from jupyter_mlops.serverextension.verbs import line

__all__ = ["delete", "deploy", "plan", "roll_back", "update"]


async def plan(asked: Asked) -> dict[str, Any]:
    """What a deployment would do."""
    done = await kernels.do(asked, "plan", await asked.running.in_thread(lambda: _deployment(asked)))
    items = [_item(text) for text in done["lines"]]
    return {"lines": done["lines"], "items": items, "notices": done["notices"], "magic": _magic(asked)}


def _item(text: str) -> dict[str, str]:
    """`image      diabetes:3, there already` → its first word and the rest; an indented line goes on."""
    if text[:1].isspace():
        return {"name": "", "text": text.strip()}
    name, _, rest = text.partition(" ")
    return {"name": name, "text": rest.strip()}


async def deploy(asked: Asked) -> Answer:
    """Bring a service up."""
    return _begun(await kernels.do(asked, "deploy", await asked.running.in_thread(lambda: _deployment(asked))))


async def update(asked: Asked) -> Answer:
    """Replace what it runs; what is not given stays."""
    given = await asked.running.in_thread(lambda: _update(asked))
    return _begun(await kernels.do(asked, "update", {**given, "name": asked.name}))


def _update(asked: Asked) -> dict[str, Any]:
    from jupyter_mlops.sdk.webservice import Webservice

    option_values.check(asked, Webservice(asked.workspace, asked.name).target, changes=True)
    return asked.running.places.content(asked.body)


async def roll_back(asked: Asked) -> Answer:
    """Go back to a revision."""
    return _begun(await kernels.do(asked, "roll_back", {**asked.body, "name": asked.name}))


async def delete(asked: Asked) -> Answer:
    """Stop it and remove all that it made."""
    return _begun(await kernels.do(asked, "delete", {"name": asked.name, "delete_image": asked.query["delete_image"]}))


def _begun(done: kernels.Done) -> Answer:
    return Answer({"operation": done["operation"], "notices": done["notices"]}, 202)


def _deployment(asked: Asked) -> dict[str, Any]:
    given = asked.running.places.content(asked.body)
    if given.get("image") and any(given.get(part) for part in _CONTENT):
        raise UsageError(
            "an image has its models, its script and its environment",
            where="body.image", hint="give the image alone, or what to make one of",
        )  # fmt: skip
    option_values.check(asked, asked.body.get("target"))
    return given


_CONTENT = (*FILES, "models", "script", "environment", "base_image", "enable_gpu", "cuda_version")
_TO_OPTION = {"models": "model", "tags": "tag", "properties": "property"}


def _magic(asked: Asked) -> str:
    """The `%deploy` that does the same, as a notebook in front would type it: its paths are relative to its folder."""
    places, body = asked.running.places, asked.body
    folder = places.folder_of(body.get("notebook") or asked.notebook)
    options = {key: value for key, value in body.items() if key not in ("name", "options", "interpreter", "notebook")}
    for key in FILES:
        if options.get(key):
            options[key] = os.path.relpath(places.path(options[key]), folder)
    if options.get("entry_script") and options.get("source_directory"):
        options["entry_script"] = os.path.relpath(options["entry_script"], options["source_directory"])
    options.pop("environment", None)  # no magic takes a registered one
    wanted = dict(body.get("options") or {})
    variables = wanted.pop("environment_variables", None)
    named = {_TO_OPTION.get(key, key): value for key, value in options.items()}
    return line("deploy", [body["name"]], {**named, **wanted, "env": variables})
