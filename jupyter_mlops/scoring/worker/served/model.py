"""`Model.get_model_path`: where a model's files lie inside a service."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jupyter_mlops.scoring.worker.served.absent import Absent

__all__ = ["Model"]


class Model:
    """Inside a service a model is a path; everything else of it belongs to the workspace."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        Absent("azureml.core.model.Model(…)")()

    @staticmethod
    def get_model_path(model_name: str, version: int | None = None, _workspace: Any = None) -> str:
        """The one file or folder under `$AML_APP_ROOT/azureml-models/<name>/<version>`, or `./<name>`.

        The highest version is taken where none is named; `name:version` names one. Raises FileNotFoundError, which says
        what there is.
        """
        name, _, named = str(model_name).partition(":")
        wanted = str(version) if version is not None else named or None
        folder = _root() / name
        versions = _versions(folder)
        if versions:
            number = wanted if wanted is not None else str(max(versions))
            if number.isdigit() and int(number) in versions:
                return str(_only_member(folder / number))
            raise FileNotFoundError(
                f"model {name!r} has no version {number} in this service; there are {', '.join(map(str, versions))}"
            )
        if Path(name).exists():
            return name
        raise FileNotFoundError(f"no model {name!r} in this service: {_what_there_is()}")


def _root() -> Path:
    return Path(os.environ.get("AML_APP_ROOT") or ".") / "azureml-models"


def _versions(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return sorted(int(each.name) for each in folder.iterdir() if each.is_dir() and each.name.isdigit())


def _only_member(folder: Path) -> Path:
    members = [each for each in folder.iterdir() if each.name not in (".amlignore", ".DS_Store")]
    return members[0] if len(members) == 1 else folder


def _what_there_is() -> str:
    root = _root()
    names = sorted(each.name for each in root.iterdir()) if root.is_dir() else []
    return f"there are {', '.join(names)}" if names else f"nothing lies in {root}, and ./ has no such file"
