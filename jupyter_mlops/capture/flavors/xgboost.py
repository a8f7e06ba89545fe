"""XGBoost: boosters and the scikit-learn wrappers, in its own binary JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlops.capture.entry_script import Loading, entry_script
from jupyter_mlops.capture.environment.installed import version_of
from jupyter_mlops.capture.environment.kernel import distributions_of
from jupyter_mlops.capture.flavor import inherits
from jupyter_mlops.errors import CaptureError
from jupyter_mlops.records import Signature

__all__ = ["XGBoostFlavor"]

_WRAPPERS = {"classifier": "XGBClassifier", "regressor": "XGBRegressor", "ranker": "XGBRanker"}
_KEPT = ("missing", "enable_categorical", "feature_types")
"""Settings of a wrapper that change its answers and that its own format leaves out."""

_LOADING = Loading(
    title="XGBoost",
    imports=("import json", "import xgboost as xgb"),
    load=(
        "model = xgb.Booster(model_file=path)",
        'wrapper = json.loads(model.attr("wrapper") or "null")',
        "if wrapper:  # one of the scikit-learn interface",
        '    model = getattr(xgb, wrapper["class"])(**wrapper["settings"])',
        "    model.load_model(path)",
    ),
    answer=(
        "if isinstance(model, xgb.Booster):",
        "    data = xgb.DMatrix(data, enable_categorical=True)",
        "return getattr(model, method)(data).tolist()",
    ),
    methods=True,
    convert="np.asarray(data)",
)


class XGBoostFlavor:
    """`model.ubj`; what a wrapper was set to is kept as an attribute in the same file."""

    name: ClassVar[str] = "xgboost"
    framework: ClassVar[str | None] = "XGBoost"

    def matches(self, obj: Any) -> bool:
        return inherits(obj, "xgboost", "Booster", "XGBModel")

    def save(self, obj: Any, folder: Path) -> None:
        booster = obj.copy() if inherits(obj, "xgboost", "Booster") else _with_wrapper(obj)
        booster.save_model(folder / "model.ubj")

    def requirements(self, obj: Any) -> tuple[str, ...]:
        needed: set[str] = set() if inherits(obj, "xgboost", "Booster") else {"sklearn"}
        return distributions_of(needed, first="xgboost")

    def version(self) -> str | None:
        return version_of("xgboost")

    def script(self, model_name: str, signature: Signature | None) -> str:
        return entry_script(model_name, _LOADING, signature)


def _with_wrapper(obj: Any) -> Any:
    """A copy of the wrapper's booster that says what it was wrapped in.

    Raises `CaptureError` for a wrapper that was not fitted.
    """
    try:
        booster = obj.get_booster().copy()
    except Exception as error:  # NotFittedError of scikit-learn, or XGBoost's twin of it
        raise CaptureError(f"the {type(obj).__name__} is not fitted", hint="call fit first") from error
    kind = str(getattr(obj, "_estimator_type", "") or obj._get_type())
    settings = {name: getattr(obj, name, None) for name in _KEPT}
    settings = {name: value for name, value in settings.items() if value is not None and value == value}
    booster.set_attr(
        scikit_learn=json.dumps({"_estimator_type": kind}),
        wrapper=json.dumps({"class": _WRAPPERS[kind], "settings": settings}),
    )
    return booster
