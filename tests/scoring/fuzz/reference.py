"""What a request must be answered with: the same script, called here, under `inference_schema`'s own decorators."""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import warnings
from typing import Any

__all__ = ["Reference"]


class Reference:
    """`answer(body)` is what `run` of `scripts/NAME.py` returns for a request; None where it must be refused.

    Scripts only describe what they were given, so that whatever is raised is raised by the conversion.
    """

    def __init__(self, name: str) -> None:
        self._run = importlib.import_module(f"tests.scoring.fuzz.scripts.{name}").run
        self._parameters = inspect.signature(self._run).parameters

    def answer(self, body: bytes) -> Any:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(document, dict):
            return None
        known = {name: document.get(name, copy.deepcopy(each.default)) for name, each in self._parameters.items()}
        if any(value is inspect.Parameter.empty for value in known.values()):
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return self._run(**known)
            except Exception:  # noqa: BLE001  (conversions raise what they like)
                return None
