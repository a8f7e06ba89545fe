"""Names that a script may import but not use: the parts of Azure's SDK that make no sense inside a service."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["Absent", "absent"]


class Absent:
    """Stands for a name that is not here; importing it is well, using it says so."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def _refuse(self) -> NoReturn:
        raise NotImplementedError(
            f"{self.__dict__['_name']} is part of the Azure ML SDK and is not served inside a scoring process;"
            " what a service needs is Model.get_model_path, AZUREML_MODEL_DIR, AMLRequest, AMLResponse and"
            " ModelDataCollector"
        )

    def __call__(self, *arguments: Any, **named: Any) -> NoReturn:
        self._refuse()

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    def __repr__(self) -> str:
        return f"<{self.__dict__['_name']}: not served in a scoring process>"


def absent(module: str, name: str) -> Absent:
    """The stand-in for `module.name`. Raises AttributeError for dunder names, which Python itself asks for."""
    if name.startswith("__"):
        raise AttributeError(name)
    return Absent(f"{module}.{name}")
