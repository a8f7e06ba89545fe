"""Packages that we use where the script's environment has them."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["orjson"]


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


orjson: Any = _imported("orjson")
"""Or None."""
