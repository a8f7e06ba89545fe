"""What every flavor must do: its files and its script, in a clean process, answer as the live object does.

The process has only the distributions that the flavor asked for, not this package, and not this folder.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.capture.environment import lock_kernel
from jupyter_mlops.capture.objects import capture_model
from jupyter_mlops.capture.scripts import script_for_model
from jupyter_mlops.records import CapturedModel, Signature

SCORE = '''
"""Runs an entry script as the scoring server does: argv is a JSON document."""
import importlib.machinery, importlib.util, json, pathlib, sys, sysconfig, types

call = json.loads(sys.argv[1])
site = sysconfig.get_path("purelib")


class OnlyTheLock(importlib.machinery.PathFinder):
    """Looks on the path, and overlooks what the lock does not name."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        found = super().find_spec(name, path, target)
        hidden = path is None and found is not None and (found.origin or site).startswith(site)
        return None if hidden and name not in call["modules"] else found

    @classmethod
    def find_distributions(cls, *arguments):
        found = super().find_distributions(*arguments)
        return (one for one in found if one.metadata["Name"].lower().replace("_", "-") in call["distributions"])


class Model:
    @staticmethod
    def get_model_path(name, version=None):
        [only] = pathlib.Path(call["model"]).iterdir()
        return str(only)


sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = OnlyTheLock
for name in ("azureml.core.model", "azureml.contrib.services.aml_response"):
    while name:
        sys.modules.setdefault(name, types.ModuleType(name))
        name = name.rpartition(".")[0]
sys.modules["azureml.core.model"].Model = Model
sys.modules["azureml.contrib.services.aml_response"].AMLResponse = lambda body, status, json_str: [status, body]

spec = importlib.util.spec_from_file_location("entry_module", call["script"])
entry = importlib.util.module_from_spec(spec)
spec.loader.exec_module(entry)
entry.init()
answer = entry.run(call["body"]) if call["raw"] else entry.run(**json.loads(call["body"]))
print(json.dumps({"answer": answer, "ours": [name for name in sys.modules if name.startswith("jupyter_mlops")]}))
'''


@dataclass
class Case:
    """A live object, a sample of what it takes, what it answers, and the framework that tells its flavor."""

    obj: Any
    sample: Any
    answer: Any
    flavor: str
    arguments: dict[str, Any] | None = None


pytestmark = [
    pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # keras 3 on torch
]


def serve(folder: Path, captured: CapturedModel, signature: Signature | None, body: str) -> Any:
    script = script_for_model(captured.flavor, "contract", signature, folder / "script")
    lock = lock_kernel(script.imports, captured.requirements)
    call = {
        "model": captured.folder,
        "script": str(folder / "script" / script.entry_script),
        "modules": [module for package in lock.packages for module in package.modules],
        "distributions": [package.name for package in lock.packages],
        "body": body,
        "raw": signature is None,
    }
    driver = folder / "driver.py"
    driver.write_text(SCORE)
    command = [sys.executable, "-I", str(driver), json.dumps(call)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.strip().splitlines()[-1])
    assert said["ours"] == []
    return said["answer"]


# ── the objects ──


def scikit_learn() -> Case:
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import Ridge

    data, target = load_diabetes(return_X_y=True, as_frame=True)
    model = Ridge(alpha=0.03).fit(data, target)
    return Case(model, data, model.predict(data.head(2)).tolist(), "sklearn")


def scikit_learn_pipeline_of_the_notebook() -> Case:
    import numpy as np
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    notebook: dict[str, Any] = {"__name__": "__main__", "np": np}
    exec("def halved(x, by=2):\n    return np.divide(x, by)", notebook)
    data, target = load_iris(return_X_y=True)
    model = make_pipeline(FunctionTransformer(notebook["halved"]), LogisticRegression(max_iter=500)).fit(data, target)
    return Case(model, data, model.predict_proba(data[:2]).tolist(), "sklearn", {"method": "predict_proba"})


def scikit_learn_text() -> Case:
    import pandas as pd
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    texts = pd.Series(["good film", "bad film", "good good", "bad bad"])
    model = make_pipeline(CountVectorizer(), MultinomialNB()).fit(texts, ["pos", "neg", "pos", "neg"])
    return Case(model, texts, model.predict(texts.head(2)).tolist(), "sklearn")


def scikit_learn_transformer() -> Case:
    import numpy as np
    from sklearn.preprocessing import StandardScaler

    data = np.array([[1.0, 2.0], [3.0, 5.0]])
    model = StandardScaler().fit(data)
    return Case(model, data, model.transform(data).tolist(), "sklearn")


def xgboost_booster() -> Case:
    xgb = pytest.importorskip("xgboost", reason="xgboost is not installed")
    import numpy as np

    data = np.random.default_rng(0).normal(size=(40, 3))
    model = xgb.train({"max_depth": 2}, xgb.DMatrix(data, label=data[:, 0]), num_boost_round=4)
    return Case(model, data, model.predict(xgb.DMatrix(data[:2])).tolist(), "xgboost")


def xgboost_classifier() -> Case:
    xgb = pytest.importorskip("xgboost", reason="xgboost is not installed")
    import pandas as pd

    data = pd.DataFrame(
        {
            "age": [20.0, -1.0, 40.0, 50.0] * 8,
            "city": pd.Categorical(["b", "a", "c", "b"] * 8, categories=["c", "b", "a"]),
        }
    )
    model = xgb.XGBClassifier(n_estimators=3, missing=-1.0, enable_categorical=True).fit(data, [0, 1, 1, 0] * 8)
    return Case(model, data, model.predict_proba(data.head(2)).tolist(), "xgboost", {"method": "predict_proba"})


def lightgbm_booster() -> Case:
    lgb = pytest.importorskip("lightgbm", reason="lightgbm is not installed")
    import numpy as np

    data = np.random.default_rng(0).normal(size=(60, 3))
    parameters = {"verbose": -1, "min_data_in_leaf": 2, "num_threads": 1}
    model = lgb.train(parameters, lgb.Dataset(data, label=data[:, 0]), num_boost_round=4)
    return Case(model, data, model.predict(data[:2]).tolist(), "lightgbm")


def lightgbm_classifier_of_words() -> Case:
    lgb = pytest.importorskip("lightgbm", reason="lightgbm is not installed")
    import numpy as np
    import pandas as pd

    values = np.random.default_rng(0).normal(size=(60, 2))
    data = pd.DataFrame(values, columns=["a", "b"])
    labels = np.where(values[:, 0] > 0, "up", "down")
    model = lgb.LGBMClassifier(n_estimators=3, min_child_samples=2, verbose=-1, n_jobs=1).fit(data, labels)
    return Case(model, data, model.predict(data.head(2)).tolist(), "lightgbm")


def onnx_model() -> Case:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    import numpy as np

    make = onnx.helper
    graph = make.make_graph(
        [make.make_node("MatMul", ["x", "w"], ["y"])],
        "double",
        [make.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 2])],
        [make.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None, 2])],
        [onnx.numpy_helper.from_array(np.eye(2, dtype="float32") * 2, "w")],
    )
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=9)
    data = np.array([[1.0, 2.0], [3.0, 4.0]])
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return Case(model, data, session.run(None, {"x": data.astype("float32")})[0].tolist(), "onnx")


def pytorch_module_of_the_notebook() -> Case:
    torch = pytest.importorskip("torch", reason="torch is not installed (pip install torch==2.13.0)")
    import numpy as np

    notebook: dict[str, Any] = {"__name__": "__main__", "torch": torch}
    exec(
        "class Net(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.body = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.5), torch.nn.Linear(4, 2))\n"
        "    def forward(self, x):\n"
        "        return torch.relu(self.body(x))\n",
        notebook,
    )
    model = notebook["Net"]().eval()
    data = np.ones((2, 3), dtype="float32")
    return Case(model, data, model(torch.as_tensor(data)).tolist(), "pytorch")


def pytorch_script() -> Case:
    torch = pytest.importorskip("torch", reason="torch is not installed (pip install torch==2.13.0)")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated, and people have it
        model = torch.jit.script(torch.nn.Linear(3, 2).eval())
    data = torch.ones((2, 3))
    return Case(model, data, model(data).tolist(), "pytorch")


def pytorch_export() -> Case:
    torch = pytest.importorskip("torch", reason="torch is not installed (pip install torch==2.13.0)")
    data = torch.ones((2, 3))
    model = torch.export.export(torch.nn.Linear(3, 2).eval(), (data,))
    return Case(model, data, model.module()(data).tolist(), "pytorch")


def keras_model() -> Case:
    keras = _keras()
    import numpy as np

    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2, activation="tanh")])
    data = np.ones((2, 3), dtype="float32")
    return Case(model, data, model.predict(data, verbose=0).tolist(), "keras")


def keras_layer_of_the_notebook() -> Case:
    keras = _keras()
    import numpy as np

    notebook: dict[str, Any] = {"__name__": "__main__", "keras": keras}
    exec("class Twice(keras.layers.Layer):\n    def call(self, x):\n        return x * 2", notebook)
    model = keras.Sequential([keras.layers.Input((3,)), notebook["Twice"](), keras.layers.Dense(1)])
    data = np.ones((2, 3), dtype="float32")
    return Case(model, data, model.predict(data, verbose=0).tolist(), "keras")


def _keras() -> Any:
    torch = pytest.importorskip("torch", reason="torch is not installed (pip install torch==2.13.0 keras)")
    assert torch.__version__
    import os

    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras", reason="keras is not installed (pip install torch==2.13.0 keras)")


def object_of_the_notebook() -> Case:
    notebook: dict[str, Any] = {"__name__": "__main__"}
    exec(
        "import statistics\n"
        "OFFSET = 10\n"
        "class Mean:\n"
        "    def predict(self, rows):\n"
        "        return [statistics.mean(row) + OFFSET for row in rows]\n",
        notebook,
    )
    model = notebook["Mean"]()
    return Case(model, [[1, 2], [3, 5]], model.predict([[1, 2], [3, 5]]), "pickle")


def function_of_the_notebook() -> Case:
    notebook: dict[str, Any] = {"__name__": "__main__"}
    exec("def shout(request):\n    return request['text'].upper()", notebook)
    return Case(notebook["shout"], {"text": "good"}, "GOOD", "pickle")


CASES: list[Callable[[], Case]] = [
    scikit_learn,
    scikit_learn_pipeline_of_the_notebook,
    scikit_learn_text,
    scikit_learn_transformer,
    xgboost_booster,
    xgboost_classifier,
    lightgbm_booster,
    lightgbm_classifier_of_words,
    onnx_model,
    pytorch_module_of_the_notebook,
    pytorch_script,
    pytorch_export,
    keras_model,
    keras_layer_of_the_notebook,
    object_of_the_notebook,
    function_of_the_notebook,
]


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_the_script_answers_as_the_live_object_does(make: Callable[[], Case], tmp_path: Path) -> None:
    case = make()
    captured = capture_model(case.obj, tmp_path / "model", name="contract", sample=case.sample)
    assert captured.flavor == case.flavor
    assert captured.signature is not None
    body = {"data": captured.signature.example, **(case.arguments or {})}
    answer = serve(tmp_path, captured, captured.signature, json.dumps(body))
    assert_same(answer, case.answer)


@pytest.mark.parametrize(
    "make",
    [scikit_learn, xgboost_booster, lightgbm_booster, onnx_model, object_of_the_notebook],
    ids=lambda m: m.__name__,
)
def test_without_a_sample_the_script_takes_plain_json(make: Callable[[], Case], tmp_path: Path) -> None:
    case = make()
    example = capture_model(case.obj, tmp_path / "shown", name="contract", sample=case.sample).signature
    assert example is not None
    captured = capture_model(case.obj, tmp_path / "model", name="contract")
    answer = serve(tmp_path, captured, None, json.dumps({"data": example.example}))
    assert_same(answer, case.answer)


def test_a_method_that_the_model_does_not_have_is_a_bad_request(tmp_path: Path) -> None:
    case = scikit_learn()
    captured = capture_model(case.obj, tmp_path / "model", name="contract", sample=case.sample)
    assert captured.signature is not None
    body = {"data": captured.signature.example, "method": "predict_proba"}
    answer = serve(tmp_path, captured, captured.signature, json.dumps(body))
    assert answer == [400, {"message": "the model has no method 'predict_proba'"}]


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_the_framework_comes_first_and_with_its_version(make: Callable[[], Case], tmp_path: Path) -> None:
    case = make()
    captured = capture_model(case.obj, tmp_path / "model", name="contract")
    if case.flavor != "pickle":
        [first] = [
            package
            for package in lock_kernel([], captured.requirements).packages
            if package.name == captured.requirements[0]
        ]
        assert first.version == captured.framework_version


def assert_same(answer: Any, wanted: Any) -> None:
    """Equal, numbers to 1e-6."""
    if isinstance(wanted, list):
        assert len(answer) == len(wanted)
        for one, other in zip(answer, wanted, strict=True):
            assert_same(one, other)
    elif isinstance(wanted, float):
        assert answer == pytest.approx(wanted, rel=1e-6, abs=1e-6)
    else:
        assert answer == wanted
