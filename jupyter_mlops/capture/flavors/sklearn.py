"""scikit-learn: estimators and pipelines, in one file that joblib reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlops.capture.entry_script import Loading, entry_script
from jupyter_mlops.capture.environment.installed import version_of
from jupyter_mlops.capture.environment.kernel import distributions_of
from jupyter_mlops.capture.flavor import inherits
from jupyter_mlops.capture.pickling import needed_by, save_pickle
from jupyter_mlops.records import Signature

__all__ = ["SklearnFlavor"]

_LOADING = Loading(
    title="scikit-learn",
    imports=("import joblib",),
    load=("model = joblib.load(path)",),
    answer=(
        "answer = getattr(model, method)(data)",
        'return answer.tolist() if hasattr(answer, "tolist") else answer',
    ),
    methods=True,
)


class SklearnFlavor:
    """`model.joblib`: cloudpickle's format, so that a step's function of the notebook goes along by value."""

    name: ClassVar[str] = "sklearn"
    framework: ClassVar[str | None] = "ScikitLearn"

    def __init__(self) -> None:
        self._modules: set[str] | None = None

    def matches(self, obj: Any) -> bool:
        return inherits(obj, "sklearn", "BaseEstimator")

    def save(self, obj: Any, folder: Path) -> None:
        self._modules = save_pickle(obj, folder / "model.joblib")

    def requirements(self, obj: Any) -> tuple[str, ...]:
        modules = self._modules if self._modules is not None else needed_by(obj)
        return distributions_of({"joblib"} | modules, first="sklearn")

    def version(self) -> str | None:
        return version_of("sklearn")

    def script(self, model_name: str, signature: Signature | None) -> str:
        return entry_script(model_name, _LOADING, signature)
