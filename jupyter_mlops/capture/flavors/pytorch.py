"""PyTorch: modules with their code by value, TorchScript, and exported programs."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlops.capture.entry_script import Loading, entry_script
from jupyter_mlops.capture.environment.installed import version_of
from jupyter_mlops.capture.environment.kernel import distributions_of
from jupyter_mlops.capture.flavor import inherits
from jupyter_mlops.capture.pickling import Refusing
from jupyter_mlops.records import Signature

__all__ = ["PyTorchFlavor"]

_LOADING = Loading(
    title="PyTorch",
    imports=("import numpy as np", "import torch"),
    constants=('DEVICE = "cuda" if torch.cuda.is_available() else "cpu"',),
    load=(
        'if path.endswith(".pt2"):',
        "    model = torch.export.load(path).module().to(DEVICE)",
        'elif path.endswith(".ts"):',
        "    model = torch.jit.load(path, map_location=DEVICE).eval()",
        "else:",
        "    model = torch.load(path, map_location=DEVICE, weights_only=False).eval()",
    ),
    answer=(
        "tensor = torch.as_tensor(np.asarray(data), device=DEVICE)",
        "if tensor.is_floating_point():  # JSON knows one kind of number, the weights one of several",
        "    weights = next(model.parameters(), tensor)",
        "    tensor = tensor.to(weights.dtype)",
        "with torch.inference_mode():",
        "    answer = model(tensor)",
        "if isinstance(answer, (tuple, list)):",
        "    return [part.tolist() for part in answer]",
        "return answer.tolist()",
    ),
)


class PyTorchFlavor:
    """`model.pt` holds weights and code in one file, `model.ts` TorchScript, `model.pt2` an exported program.

    A module is saved whole with cloudpickle: a class of the notebook goes along by value, hooks and
    non-tensor attributes stay, and no example of its input is needed, which `torch.export` would ask for.
    """

    name: ClassVar[str] = "pytorch"
    framework: ClassVar[str | None] = "PyTorch"

    def __init__(self) -> None:
        self._modules: set[str] = set()

    def matches(self, obj: Any) -> bool:
        return inherits(obj, "torch", "Module", "ExportedProgram")

    def save(self, obj: Any, folder: Path) -> None:
        import torch

        if inherits(obj, "torch", "ExportedProgram"):
            torch.export.save(obj, folder / "model.pt2")
        elif inherits(obj, "torch", "ScriptModule"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # whoever has a ScriptModule was told so
                torch.jit.save(obj, folder / "model.ts")
        else:
            with Refusing(obj) as guard:
                torch.save(obj, folder / "model.pt", pickle_module=guard.module)
            self._modules = guard.modules

    def requirements(self, obj: Any) -> tuple[str, ...]:  # noqa: ARG002
        return distributions_of({"numpy", *self._modules}, first="torch")

    def version(self) -> str | None:
        return version_of("torch")

    def script(self, model_name: str, signature: Signature | None) -> str:
        return entry_script(model_name, _LOADING, signature)
