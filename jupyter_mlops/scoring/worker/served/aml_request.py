"""`azureml.contrib.services.aml_request`: `@rawhttp` and the request it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from jupyter_mlops.scoring.worker.request import Request

__all__ = ["AMLRequest", "Request", "rawhttp"]

_rawHttpRequested = False  # the name by which a server asks

F = TypeVar("F", bound=Callable[..., Any])

AMLRequest = Request


def rawhttp(func: F) -> F:
    """`run` gets the HTTP request as it came, for every method."""
    global _rawHttpRequested
    _rawHttpRequested = True
    return func
