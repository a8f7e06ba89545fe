"""Anything else that Python can write: objects with methods, functions, in cloudpickle's format."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlops.capture.entry_script import Loading, entry_script
from jupyter_mlops.capture.environment.kernel import distributions_of
from jupyter_mlops.capture.pickling import needed_by, save_pickle
from jupyter_mlops.records import Signature

__all__ = ["PickleFlavor"]

_LOADING = Loading(
    title="pickle",
    imports=("import pickle",),
    load=('with open(path, "rb") as file:', "    model = pickle.load(file)"),
    answer=(
        'answer = model.predict(data) if hasattr(model, "predict") else model(data)',
        'return answer.tolist() if hasattr(answer, "tolist") else answer',
    ),
)


class PickleFlavor:
    """`model.pkl`: classes and functions of the notebook and of its folder's modules go along by value."""

    name: ClassVar[str] = "pickle"
    framework: ClassVar[str | None] = "Custom"

    def __init__(self) -> None:
        self._modules: set[str] | None = None

    def matches(self, obj: Any) -> bool:  # noqa: ARG002  # it takes what nobody else does
        return True

    def save(self, obj: Any, folder: Path) -> None:
        self._modules = save_pickle(obj, folder / "model.pkl")

    def requirements(self, obj: Any) -> tuple[str, ...]:
        return distributions_of(self._modules if self._modules is not None else needed_by(obj))

    def version(self) -> str | None:
        return None

    def script(self, model_name: str, signature: Signature | None) -> str:
        return entry_script(model_name, _LOADING, signature)
