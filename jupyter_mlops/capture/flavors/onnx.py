"""ONNX: a `ModelProto`, served by onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlops.capture.entry_script import Loading, entry_script
from jupyter_mlops.capture.environment.installed import version_of
from jupyter_mlops.capture.environment.kernel import distributions_of
from jupyter_mlops.capture.flavor import inherits
from jupyter_mlops.errors import RequirementError
from jupyter_mlops.records import Signature

__all__ = ["OnnxFlavor"]

_LARGEST = 2**31 - 1
"""Bytes that one protobuf message may have."""

_LOADING = Loading(
    title="ONNX",
    imports=("import numpy as np", "import onnxruntime"),
    constants=(
        "DTYPES = {",
        '    "tensor(float)": "float32",',
        '    "tensor(double)": "float64",',
        '    "tensor(float16)": "float16",',
        '    "tensor(int64)": "int64",',
        '    "tensor(int32)": "int32",',
        '    "tensor(int8)": "int8",',
        '    "tensor(uint8)": "uint8",',
        '    "tensor(bool)": "bool",',
        '    "tensor(string)": "object",',
        "}",
    ),
    load=("model = onnxruntime.InferenceSession(path, providers=onnxruntime.get_available_providers())",),
    answer=(
        "inputs = model.get_inputs()",
        "if len(inputs) == 1:",
        "    feeds = {inputs[0].name: np.asarray(data, dtype=DTYPES[inputs[0].type])}",
        "else:  # a frame gives each input its column, an object its value",
        "    feeds = {one.name: np.asarray(data[one.name], dtype=DTYPES[one.type]) for one in inputs}",
        '    if hasattr(data, "columns"):',
        "        feeds = {name: column.reshape(-1, 1) for name, column in feeds.items()}",
        "names = [one.name for one in model.get_outputs()]",
        'answers = [one.tolist() if hasattr(one, "tolist") else one for one in model.run(None, feeds)]',
        "return answers[0] if len(answers) == 1 else dict(zip(names, answers))",
    ),
)


class OnnxFlavor:
    """`model.onnx`; above 2 GB the weights lie beside it, in a folder `model`."""

    name: ClassVar[str] = "onnx"
    framework: ClassVar[str | None] = "Onnx"

    def matches(self, obj: Any) -> bool:
        return inherits(obj, "onnx", "ModelProto")

    def save(self, obj: Any, folder: Path) -> None:
        if obj.ByteSize() < _LARGEST:
            (folder / "model.onnx").write_bytes(obj.SerializeToString())
            return
        import onnx

        onnx.save(obj, folder / "model.onnx", save_as_external_data=True, location="model.weights")

    def requirements(self, obj: Any) -> tuple[str, ...]:  # noqa: ARG002
        found = distributions_of({"numpy"}, first="onnxruntime")
        if not any(name.startswith("onnxruntime") for name in found):
            raise RequirementError(
                "an ONNX model is served by onnxruntime, which is not installed here", hint="pip install onnxruntime"
            )
        return found

    def version(self) -> str | None:
        return version_of("onnxruntime")

    def script(self, model_name: str, signature: Signature | None) -> str:
        return entry_script(model_name, _LOADING, signature)
