"""What entry scripts import, for the notebooks that write and try them: in a service the scoring server has its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from jupyter_mlops.errors import UnsupportedError
from jupyter_mlops.sdk.notices import tell_once

__all__ = ["AMLRequest", "AMLResponse", "ModelDataCollector", "rawhttp"]

Function = TypeVar("Function", bound=Callable[..., Any])


def rawhttp(function: Function) -> Function:
    """Marks a `run` that takes the request itself; in a notebook it stays the function that it is."""
    return function


class AMLRequest:
    """A request exists in a service alone. Raises `UnsupportedError` when it is made in a notebook."""

    def __init__(self, *arguments: object, **options: object):
        raise UnsupportedError("AMLRequest is what a service hands to run()", hint="%test_service NAME sends one")


class AMLResponse:
    """An answer with its status and headers."""

    def __init__(
        self,
        message: Any,
        status_code: int,
        response_headers: Mapping[str, str] | None = None,
        json_str: bool = False,
    ):
        self.message = message
        self.status_code = status_code
        self.response_headers = dict(response_headers or {})
        self.json_str = json_str

    def __repr__(self) -> str:
        return f"AMLResponse({self.message!r}, {self.status_code})"


class ModelDataCollector:
    """Collects in a service deployed with `collect_model_data=True`; in a notebook it says that it does not."""

    def __init__(
        self,
        model_name: str,
        identifier: str = "default",
        feature_names: list[str] | None = None,
        designation: str | None = None,
        **options: object,
    ):
        self.model_name = model_name
        self.identifier = designation or identifier
        self.feature_names = feature_names

    def collect(self, input_data: Any, user_correlation_id: str = "") -> None:
        """Keeps nothing here, and says so once."""
        tell_once("ModelDataCollector collects in a service, not in a notebook", key="ModelDataCollector")

    def add_correlations(self, input_data: Any, correlations: Any) -> NoReturn:
        """Raises `UnsupportedError`."""
        raise UnsupportedError("correlations are not served", hint="collector.collect(data, user_correlation_id=…)")
