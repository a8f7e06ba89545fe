"""What a script may not carry: live models, credentials, handles of this process, the notebook's own machinery."""

from __future__ import annotations

import re
import types
from itertools import pairwise
from typing import Any

from jupyter_mlops.capture.culprits import reason
from jupyter_mlops.errors import CaptureError

__all__ = ["check_text", "check_value", "is_credential", "is_model"]

_FRAMEWORKS = {
    "catboost", "flax", "gensim", "h2o", "keras", "lightgbm", "mxnet", "onnx", "onnxruntime", "paddle", "prophet",
    "pyspark", "sklearn", "spacy", "statsmodels", "tensorflow", "tf_keras", "torch", "transformers", "xgboost",
}  # fmt: skip
_DATA = {"Tensor", "Parameter", "Size", "dtype", "device", "Bunch", "DMatrix", "Dataset", "EagerTensor", "TensorShape"}

_LOADS = {
    "sklearn": "joblib.load(Model.get_model_path({name}))",
    "xgboost": "joblib.load(Model.get_model_path({name}))",
    "lightgbm": "joblib.load(Model.get_model_path({name}))",
    "torch": "torch.load(Model.get_model_path({name}))",
    "keras": "keras.saving.load_model(Model.get_model_path({name}))",
    "tensorflow": "tf.keras.models.load_model(Model.get_model_path({name}))",
    "onnxruntime": "onnxruntime.InferenceSession(Model.get_model_path({name}))",
    "onnx": "onnxruntime.InferenceSession(Model.get_model_path({name}))",
}
_ANY_LOAD = "joblib.load(Model.get_model_path({name}))"


def is_model(obj: Any) -> bool:
    """Whether an object is a model: of a framework's type, or with a `predict` or `forward` of its own."""
    if isinstance(obj, type | types.ModuleType | types.FunctionType | types.BuiltinFunctionType):
        return False
    if any(base.__name__ in _DATA for base in type(obj).__mro__):
        return False
    if any(callable(getattr(type(obj), verb, None)) for verb in ("predict", "forward")):
        return True
    framework = _framework(obj)
    verbs = ("fit", "transform", "run", "call", "score", "decision_function", "SerializeToString", "pipe", "encode")
    return framework is not None and any(callable(getattr(type(obj), verb, None)) for verb in verbs)


def _framework(obj: Any) -> str | None:
    tops = (base.__module__.partition(".")[0] for base in type(obj).__mro__)
    return next((top for top in tops if top in _FRAMEWORKS), None)


def model_error(obj: Any, path: str, place: str) -> CaptureError:
    """The error for a live model, with the two lines that cure it."""
    name = re.sub(r"\W+", "_", path).strip("_") or "model"
    variable = path.partition("[")[0].partition(".")[0]
    source = path if path.isidentifier() else "OBJECT"
    load = _LOADS.get(_framework(obj) or "", _ANY_LOAD).format(name=f'"{name}"')
    first = "" if path.isidentifier() else f"{name} = {path} and then "
    what = f"`{path}` is a live model ({type(obj).__name__}); a script loads its models and carries none"
    hint = (
        f"Type {first}%register_model {source if source != 'OBJECT' else name} --name {name} in a cell, and in "
        f"init(): global {variable if path.isidentifier() else name}; "
        f"{variable if path.isidentifier() else name} = {load}"
    )
    return CaptureError(what, where=place, hint=hint)


def check_value(obj: Any, path: str, place: str) -> None:
    """Raises `CaptureError`, at `place`, for an object that no script may carry; `path` is its name."""
    if is_model(obj) or (isinstance(obj, types.MethodType) and is_model(obj.__self__)):
        is_method = isinstance(obj, types.MethodType)
        raise model_error(obj.__self__ if is_method else obj, path, place)
    if (known := reason(obj)) is not None:
        what, hint = known
        raise CaptureError(f"`{path}` is {what}, which no script can carry", where=place, hint=f"Cure: {hint}")
    owner = type(obj).__module__.partition(".")[0]
    if owner in ("IPython", "ipykernel", "ipywidgets") and not isinstance(obj, type | types.ModuleType):
        raise CaptureError(f"`{path}` ({type(obj).__name__}) works only in a notebook", where=place)
    if owner == "jupyter_mlops" and not isinstance(obj, type | types.FunctionType | types.ModuleType):
        raise CaptureError(
            f"`{path}` is a {type(obj).__name__} of this workspace, which a service does not see",
            where=place,
            hint="In a script, models come from Model.get_model_path(NAME)",
        )


# ── credentials ──

_STRONG = {
    "apikey", "credential", "credentials", "passphrase", "passwd", "password", "passwort", "pwd", "secret", "secrets",
    "token",
}  # fmt: skip
_PAIRS = {
    ("access", "key"), ("account", "key"), ("api", "key"), ("auth", "key"), ("connection", "string"),
    ("encryption", "key"), ("master", "key"), ("primary", "key"), ("private", "key"), ("sas", "url"),
    ("secret", "key"), ("shared", "key"), ("signing", "key"), ("storage", "key"), ("subscription", "key"),
}  # fmt: skip
_HARMLESS = {
    "column", "columns", "dir", "env", "field", "file", "folder", "form", "header", "id", "ids", "index", "label",
    "length", "message", "min", "max", "name", "names", "path", "pattern", "policy", "prompt", "regex", "type", "uri",
    "url", "var", "variable", "vault",
}  # fmt: skip
_OF_TEXTS = {"bos", "cls", "end", "eos", "mask", "next", "oov", "pad", "sep", "sos", "special", "start", "unk"}
"""A `token` of these is a word of a text."""

_SHAPES = re.compile(
    r"""
    -----BEGIN[ A-Z]*PRIVATE[ ]KEY-----
    | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b
    | \bgh[pousr]_[A-Za-z0-9]{30,}
    | \bgithub_pat_[A-Za-z0-9_]{30,}
    | \bglpat-[A-Za-z0-9_-]{16,}
    | \bxox[abeoprs]-[A-Za-z0-9-]{10,}
    | \bsk-[A-Za-z0-9_-]{20,}
    | \bhf_[A-Za-z0-9]{25,}
    | \bAIza[0-9A-Za-z_-]{30,}
    | \bya29\.[0-9A-Za-z_-]{20,}
    | \beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+
    | \b(?:AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd)\s*=\s*[^;\s{]{6,}
    | [?&]sig=[A-Za-z0-9%+/=]{20,}
    | [a-z][a-z0-9+.-]*://[^/\s:@{]+:[^/\s:@{]+@
    | \b[Bb]earer\s+[A-Za-z0-9._~+/-]{16,}
    """,
    re.VERBOSE,
)


def is_credential(name: str | None, value: Any) -> bool:
    """Whether a text looks like a password, key or token: by what it is called, or by its shape."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str) or not value.strip():
        return False
    if _SHAPES.search(value):
        return True
    return name is not None and _is_called_so(name) and not _is_placeholder(value)


def _is_called_so(name: str) -> bool:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name.strip())
    lowered = [word.lower() for word in words]
    if not lowered or lowered[-1] in _HARMLESS or set(lowered) & _OF_TEXTS:
        return False
    return bool(_STRONG & set(lowered)) or any(pair in _PAIRS for pair in pairwise(lowered))


def _is_placeholder(value: str) -> bool:
    """`<unk>`, `[SEP]`, `{{TOKEN}}`, a prompt with blanks: nobody's secret."""
    text = value.strip()
    return len(text) < 3 or text[0] in "<[{$" or " " in text or "\n" in text


def credential_error(name: str, place: str) -> CaptureError:
    """The error for a credential; never shows it."""
    variable = re.sub(r"\W+", "_", name).strip("_").upper() or "SECRET"
    return CaptureError(
        f"`{name}` looks like a credential, and is not written into a script",
        where=place,
        hint=f'Type {name if name.isidentifier() else variable} = os.environ["{variable}"] instead, and give it '
        f"to %%score_script and to %deploy with --env {variable}=…",
    )


def check_text(name: str, value: Any, place: str) -> None:
    """Raises `CaptureError` for a credential."""
    if is_credential(name, value):
        raise credential_error(name, place)
