"""Keras 3 (and tf.keras): its own `.keras` archive, with the notebook's own layers and functions beside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlops.capture.entry_script import Loading, entry_script
from jupyter_mlops.capture.environment.installed import version_of
from jupyter_mlops.capture.environment.kernel import distributions_of
from jupyter_mlops.capture.flavor import inherits
from jupyter_mlops.capture.pickling import save_pickle
from jupyter_mlops.errors import CaptureError
from jupyter_mlops.records import Signature

__all__ = ["KerasFlavor"]

_PACKAGES = ("keras", "tf_keras", "tensorflow")

_LOADING = Loading(
    title="Keras",
    imports=("import json", "import os", "import pickle", "import numpy as np"),
    load=(
        'with open(f"{path}/backend.json") as file:',
        '    os.environ.setdefault("KERAS_BACKEND", json.load(file)["backend"])',
        "import keras  # not before the backend is known",
        "",
        'with open(f"{path}/custom_objects.pkl", "rb") as file:',
        "    custom_objects = pickle.load(file)",
        "model = keras.saving.load_model(",
        '    f"{path}/model.keras", custom_objects=custom_objects, compile=False, safe_mode=False',
        ")",
    ),
    answer=(
        "answer = model.predict(np.asarray(data), verbose=0)",
        "if isinstance(answer, (tuple, list)):",
        "    return [part.tolist() for part in answer]",
        "return answer.tolist()",
    ),
)


class KerasFlavor:
    """A folder `model` with `model.keras`, `backend.json` and the classes that Keras itself does not know."""

    name: ClassVar[str] = "keras"
    framework: ClassVar[str | None] = "Keras"

    def __init__(self) -> None:
        self._modules: set[str] = set()

    def matches(self, obj: Any) -> bool:
        return any(inherits(obj, package, "KerasLayer", "Model", "Functional", "Sequential") for package in _PACKAGES)

    def save(self, obj: Any, folder: Path) -> None:
        place = folder / "model"
        place.mkdir()
        try:
            obj.save(place / "model.keras")
        except (TypeError, ValueError, NotImplementedError) as error:
            raise CaptureError(
                f"Keras cannot save it ({str(error).splitlines()[0]})",
                where=type(obj).__name__.lower(),
                hint="give the class a get_config() that returns what __init__ takes",
            ) from error
        custom = {type(layer).__name__: type(layer) for layer in _layers(obj) if _is_custom(type(layer))}
        self._modules = save_pickle(custom, place / "custom_objects.pkl", name=type(obj).__name__.lower())
        (place / "backend.json").write_text(json.dumps({"backend": _backend()}) + "\n")

    def requirements(self, obj: Any) -> tuple[str, ...]:  # noqa: ARG002
        return distributions_of({"numpy", _backend(), *self._modules}, first="keras")

    def version(self) -> str | None:
        return version_of("keras")

    def script(self, model_name: str, signature: Signature | None) -> str:
        return entry_script(model_name, _LOADING, signature)


def _backend() -> str:
    """What Keras computes with in this kernel: `tensorflow`, `torch` or `jax`."""
    keras: Any = sys.modules.get("keras")
    return str(keras.backend.backend()) if keras is not None and hasattr(keras, "backend") else "tensorflow"


def _layers(model: Any) -> Iterator[Any]:
    """The model and every layer inside it."""
    yield model
    for layer in getattr(model, "layers", []):
        yield from _layers(layer)


def _is_custom(kind: type) -> bool:
    return kind.__module__.partition(".")[0] not in _PACKAGES
