"""The notebook's variables, by name: what `--data X[:2]` and `%register_model model` mean."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_mlops.errors import UsageError

__all__ = ["Thing", "evaluate", "thing", "variables"]

_URL = re.compile(r"[a-z][a-z0-9+.-]*://")


class Thing(NamedTuple):
    """Either a live object, or a path or URL."""

    value: Any
    path: str | None


def variables(namespace: Mapping[str, Any]) -> list[str]:
    """The names that a person made: no underscores, no modules, nothing that IPython put there."""
    hidden = {"In", "Out", "exit", "quit", "get_ipython", "open"}
    module = type(re)
    return sorted(
        name
        for name, value in namespace.items()
        if not name.startswith("_") and name not in hidden and not isinstance(value, module)
    )


def evaluate(expression: str, namespace: dict[str, Any], option: str) -> Any:
    """The value of an expression over the notebook's variables.

    Raises `UsageError`: a name that is not there (with those that are near), or what the expression itself raised.
    """
    try:
        return eval(compile(expression, option, "eval"), namespace)  # the user's own cell, in the user's own kernel
    except NameError as error:
        missing = error.name or expression
        near = difflib.get_close_matches(missing, variables(namespace), 3)
        hint = f"did you mean {' or '.join(near)}?" if near else "run the cell that makes it first"
        raise UsageError(f"no variable named {missing!r}", where=option, hint=hint) from None
    except SyntaxError as error:
        raise UsageError(f"{expression!r} is not an expression: {error.msg}", where=option) from None
    except Exception as error:
        raise UsageError(f"{expression} raised {type(error).__name__}: {error}", where=option) from error


def thing(word: str, namespace: dict[str, Any], option: str) -> Thing:
    """A variable of that name, else a file or folder that is there, else a URL, else an expression.

    Raises `UsageError` when it is none of them.
    """
    if word in namespace:
        return Thing(namespace[word], None)
    if _URL.match(word):
        return Thing(None, word)
    path = Path(word).expanduser()
    if path.exists():
        return Thing(None, str(path))
    if _looks_like_a_path(word):
        raise UsageError(f"no file or folder named {word!r}", where=option, hint="%pwd shows the working folder")
    return Thing(evaluate(word, namespace, option), None)


def _looks_like_a_path(word: str) -> bool:
    return (
        "/" in word
        or word.startswith("~")
        or bool(re.search(r"\.(pkl|pickle|joblib|onnx|pt|h5|keras|json|zip)$", word))
    )
