"""`azureml.contrib.services.aml_response`: an answer with a status, headers and a body of the script's choice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_mlops.scoring.worker.encode import encode
from jupyter_mlops.scoring.worker.headers import Headers

__all__ = ["AMLResponse", "Response"]


class AMLResponse:
    """`message` is the body: text, bytes or an iterable of them (streamed), or any JSON value where `json_str`. None is
    `{}`. Values of `response_headers` are split at commas into fields of their own, as they were there."""

    answers_like_aml = True

    def __init__(
        self,
        message: Any,
        status_code: int = 200,
        response_headers: Mapping[str, str] | None = None,
        json_str: bool = False,
        run_function_failed: bool = False,
    ) -> None:
        self.status_code = int(status_code)
        self.headers = Headers()
        self.headers.add("x-ms-run-function-failed", run_function_failed)
        self.body_iterator: Iterable[Any] | None = None
        self.body = b""
        if message is None or json_str:
            self.content_type = "application/json"
            self.body = encode({} if message is None else message)
        else:
            self.content_type = "text/html; charset=utf-8"
            self.set_data(message)
        given = response_headers or {}
        if "Content-Type" in given:
            self.headers.remove("Content-Type")
        for name, value in given.items():
            for part in str(value).split(","):
                self.headers.add(name, part.strip())

    def set_data(self, message: Any) -> None:
        """Replace the body."""
        if isinstance(message, str):
            self.body = message.encode()
        elif isinstance(message, bytes | bytearray | memoryview):
            self.body = bytes(message)
        else:
            self.body_iterator = message

    def get_data(self, as_text: bool = False) -> Any:
        """The body: bytes, or text."""
        return self.body.decode("utf-8", "replace") if as_text else self.body

    data = property(get_data, set_data)

    @property
    def content_type(self) -> str | None:
        return self.headers.get("Content-Type")

    @content_type.setter
    def content_type(self, value: str) -> None:
        self.headers["Content-Type"] = value

    @property
    def mimetype(self) -> str:
        return (self.content_type or "").partition(";")[0].strip()

    @mimetype.setter
    def mimetype(self, value: str) -> None:
        self.content_type = f"{value}; charset=utf-8" if value.startswith("text/") else value

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Response = AMLResponse
