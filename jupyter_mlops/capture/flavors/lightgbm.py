"""LightGBM: boosters as its own text, the scikit-learn wrappers (whose labels the text leaves out) by joblib."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlops.capture.entry_script import Loading, entry_script
from jupyter_mlops.capture.environment.installed import version_of
from jupyter_mlops.capture.environment.kernel import distributions_of
from jupyter_mlops.capture.flavor import inherits
from jupyter_mlops.capture.pickling import needed_by, save_pickle
from jupyter_mlops.records import Signature

__all__ = ["LightGBMFlavor"]

_LOADING = Loading(
    title="LightGBM",
    imports=("import joblib", "import lightgbm as lgb"),
    load=(
        'if path.endswith(".txt"):',
        "    model = lgb.Booster(model_file=path)",
        "else:  # one of the scikit-learn interface",
        "    model = joblib.load(path)",
    ),
    answer=("return getattr(model, method)(data).tolist()",),
    methods=True,
    convert="np.asarray(data)",
)


class LightGBMFlavor:
    """`model.txt` for a booster, `model.joblib` for a wrapper."""

    name: ClassVar[str] = "lightgbm"
    framework: ClassVar[str | None] = "LightGBM"

    def __init__(self) -> None:
        self._modules: set[str] | None = None

    def matches(self, obj: Any) -> bool:
        return inherits(obj, "lightgbm", "Booster", "LGBMModel")

    def save(self, obj: Any, folder: Path) -> None:
        if inherits(obj, "lightgbm", "Booster"):
            obj.save_model(folder / "model.txt")
        else:
            self._modules = save_pickle(obj, folder / "model.joblib")

    def requirements(self, obj: Any) -> tuple[str, ...]:
        if inherits(obj, "lightgbm", "Booster"):
            return distributions_of({"joblib"}, first="lightgbm")
        modules = self._modules if self._modules is not None else needed_by(obj)
        return distributions_of({"sklearn", "joblib"} | modules, first="lightgbm")

    def version(self) -> str | None:
        return version_of("lightgbm")

    def script(self, model_name: str, signature: Signature | None) -> str:
        return entry_script(model_name, _LOADING, signature)
