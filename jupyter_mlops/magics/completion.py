"""Tab in a magic's line: options, their values, names of what exists, variables.

A matcher of IPython's API version 2. It answers alone (`suppress`), or Jedi's names would bury the options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.magics.namespace import variables
from jupyter_mlops.views.options import Argument, Names, Option, Verb
from jupyter_mlops.views.verbs import VERBS

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult

__all__ = ["complete", "suggestions"]

_MAGIC = re.compile(r"^\s*(?:[\w.,\s\[\]'\"]+=\s*)?%%?(\w+)[ \t]+(.*)$", re.DOTALL)
_LIMIT = 200


def complete(context: CompletionContext) -> SimpleMatcherResult:
    """IPython's call: what may stand where the cursor is."""
    from IPython.core.completer import SimpleCompletion
    from IPython.core.getipython import get_ipython

    match = _MAGIC.match(context.text_until_cursor)
    known = next((verb for verb in VERBS if match is not None and verb.name == match[1]), None)
    if match is None or known is None:
        return {"completions": [], "suppress": False}
    shell = get_ipython()
    namespace: dict[str, Any] = {} if shell is None else shell.user_ns
    word = re.split(r"\s", match[2])[-1]
    found = suggestions(known, match[2], namespace)
    return {
        "completions": [SimpleCompletion(text=text, type="magic") for text in found],
        "matched_fragment": word,
        "suppress": True,
    }


def suggestions(verb: Verb, typed: str, namespace: dict[str, Any]) -> list[str]:
    """What the last word of `typed` (which may be empty) could become, in the order to show."""
    *before, word = re.split(r"\s+", typed) if typed.strip() else [""]
    before = [part for part in before if part]
    asked = _option(verb, before[-1]) if before else None
    if asked is not None and asked.kind != "flag":
        values = _revisions(verb, before) if asked.names == "revision" else _values(asked, word, namespace)
        return _fitting(values, word)
    if word.startswith("-"):
        return _fitting(_options(verb, before), word)
    argument = _next_argument(verb, before)
    if argument is None:
        return _fitting(_options(verb, before), word)
    values = _values(argument, word, namespace)
    return _fitting(values, word) or ([] if word else _options(verb, before))


def _fitting(values: Iterable[str], word: str) -> list[str]:
    return [value for value in dict.fromkeys(values) if value.startswith(word)][:_LIMIT]


def _option(verb: Verb, word: str) -> Option | None:
    return next((option for option in verb.options if word in (option.flag, *option.aliases)), None)


def _options(verb: Verb, before: list[str]) -> list[str]:
    """The options that may still be given."""
    used = {option.name for option in verb.options for word in before if word in (option.flag, *option.aliases)}
    return [option.flag for option in verb.options if option.many or option.name not in used] + ["--help"]


def _next_argument(verb: Verb, before: list[str]) -> Argument | None:
    """The argument whose turn it is."""
    taken = len(_arguments(verb, before))
    return verb.arguments[taken] if taken < len(verb.arguments) else None


def _arguments(verb: Verb, before: list[str]) -> list[str]:
    """The words that are no options and no options' values."""
    found, skip = [], False
    for word in before:
        option = _option(verb, word)
        if skip or option is not None or word.startswith("-"):
            skip = option is not None and option.kind != "flag" and not skip
        else:
            found.append(word)
    return found


# ── values ──


def _values(asked: Option | Argument, word: str, namespace: dict[str, Any]) -> list[str]:
    if isinstance(asked, Option) and asked.choices:
        return list(asked.choices)
    if asked.kind == "boolean":
        return ["true", "false"]
    if asked.kind == "expression":
        return variables(namespace)
    if asked.kind == "thing":
        return [*variables(namespace), *_paths(word)]
    if asked.kind == "path":
        return _paths(word)
    if asked.names is None:
        return []
    names = _existing(asked.names, versions=":" in word)
    return [*names, *(_paths(word) if asked.names == "script" else [])]


def _paths(word: str) -> list[str]:
    """Files and folders that begin as the word does."""
    head, slash, _ = word.rpartition("/")
    folder = Path(head + slash).expanduser() if slash else Path()
    try:
        return sorted(f"{head}{slash}{entry.name}{'/' if entry.is_dir() else ''}" for entry in folder.iterdir())
    except OSError:
        return []


def _existing(kind: Names, *, versions: bool) -> list[str]:
    """Names in the workspace; one that cannot be opened has none to offer, and the magic itself will say why."""
    from jupyter_mlops.magics.session import current_workspace

    if kind == "framework":
        from jupyter_mlops.sdk.model import Model

        return [value for name, value in vars(Model.Framework).items() if name.isupper()]
    try:
        workspace = current_workspace()
        if kind == "target":
            from jupyter_mlops import plugins

            return [*plugins.names("targets"), *workspace.compute_targets]
        return _FINDERS[kind](workspace, versions)
    except MlopsError:
        return []


def _revisions(verb: Verb, before: list[str]) -> list[str]:
    """The revisions of the service that the line names, the newest first, without the one that it runs."""
    from jupyter_mlops.magics.session import current_workspace
    from jupyter_mlops.sdk.webservice import Webservice

    named = _arguments(verb, before)
    try:
        service = Webservice(current_workspace(), named[0]) if named else None
    except MlopsError:
        return []
    if service is None:
        return []
    numbers = [revision.number for revision in service.revisions if revision.number != service.revision]
    return [str(number) for number in sorted(numbers, reverse=True)]


def _models(workspace: Any, versions: bool) -> list[str]:
    from jupyter_mlops.sdk.model import Model

    found = Model.list(workspace, latest=not versions, limit=_LIMIT)
    return [model.id if versions else model.name for model in found]


def _images(workspace: Any, versions: bool) -> list[str]:
    from jupyter_mlops.sdk.image import Image

    return [image.id if versions else image.name for image in Image.list(workspace)]


def _services(workspace: Any, _versions: bool) -> list[str]:
    from jupyter_mlops.sdk.webservice import Webservice

    return [service.name for service in Webservice.list(workspace)]


def _scripts(workspace: Any, _versions: bool) -> list[str]:
    from jupyter_mlops.sdk.script import Script

    return [script.name for script in Script.list(workspace)]


def _operations(workspace: Any, _versions: bool) -> list[str]:
    from jupyter_mlops.sdk.operation import Operation

    return [operation.id for operation in Operation.list(workspace, limit=20)]


_FINDERS = {
    "model": _models,
    "image": _images,
    "service": _services,
    "script": _scripts,
    "operation": _operations,
}
