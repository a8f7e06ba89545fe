"""Entry scripts that nobody typed into a cell: made for a model, or taken from a file and what lies beside it."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlops.capture.flavor import flavor_named
from jupyter_mlops.capture.imports import imports_of
from jupyter_mlops.capture.signature import request_body
from jupyter_mlops.records import CapturedScript, Signature

__all__ = ["script_for_model"]


def script_for_model(flavor: str, model_name: str, signature: Signature | None, folder: Path) -> CapturedScript:
    """The entry script for a model that needs none, `score.py` in the folder (made if need be).

    With a signature, its example is the sample request. Raises `UsageError` for a flavor nobody knows.
    """
    import ast

    text = flavor_named(flavor).script(model_name, signature)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "score.py").write_text(text, encoding="utf-8")
    return CapturedScript(
        folder=str(folder),
        entry_script="score.py",
        models=(model_name,),
        imports=imports_of(ast.parse(text)),
        sample_input=None if signature is None else request_body(["data"], signature.example),
    )
