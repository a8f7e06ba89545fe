"""SURFACE: what you type in a cell, one verb a magic.

May import `views`, `sdk` and what lies below; never another surface. `register` imports nothing of them: a magic is
imported when it is first typed, a view when it is first shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["CELL_MAGICS", "LINE_MAGICS", "register"]

LINE_MAGICS = (
    "register_model",
    "build_image",
    "deploy",
    "update_service",
    "start_service",
    "test_service",
    "service_logs",
    "service_keys",
    "monitor",
    "models",
    "images",
    "services",
    "operations",
    "delete_service",
    "delete_image",
    "delete_model",
    "workspace",
)
#: Known as a line magic too, for `--help` and the bare call.
CELL_MAGICS = ("score_script",)


def register(shell: InteractiveShell) -> None:
    """Make the magics, their completion and the looks of the nouns known to a shell. Safe to call again."""
    from jupyter_mlops.views.formatters import register as register_formatters

    declare = shell.magics_manager.register_lazy
    spec = f"{__name__}.shell:MlopsMagics"
    # Before IPython took a kind and a class, a lazy magic named an extension.
    arguments = {"line": (spec, "line"), "both": (spec,)} if "magic_kind" in _parameters(declare) else {}
    for name in LINE_MAGICS:
        declare(name, *arguments.get("line", (f"{__name__}.shell",)))
    for name in CELL_MAGICS:
        declare(name, *arguments.get("both", (f"{__name__}.shell",)))
    if shell.display_formatter is not None:
        register_formatters(shell.display_formatter)
    if _complete not in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.append(_complete)


def _parameters(function: Any) -> tuple[str, ...]:
    code = getattr(function, "__code__", None)
    return () if code is None else code.co_varnames[: code.co_argcount]


def _complete(context: Any) -> Any:
    """IPython's matcher (API version 2); the work is imported at the first Tab in a line with a magic."""
    if "%" not in context.full_text:
        return {"completions": [], "suppress": False}
    from jupyter_mlops.magics.completion import complete

    return complete(context)


_complete.matcher_api_version = 2  # type: ignore[attr-defined]
_complete.matcher_identifier = "jupyter_mlops"  # type: ignore[attr-defined]
