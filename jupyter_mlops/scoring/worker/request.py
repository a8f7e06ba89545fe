"""The request that a `@rawhttp` script is given: the part of Flask's `Request` that scripts use, made from bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from jupyter_mlops.scoring import wire
from jupyter_mlops.scoring.worker.headers import Headers
from jupyter_mlops.scoring.worker.multipart import FileField, parameters_of, parse_multipart
from jupyter_mlops.scoring.worker.notes import Notes

__all__ = ["MultiDict", "RawInput", "Request", "WithHeaders", "request_headers"]


class MultiDict(dict[str, Any]):
    """A dict of the first values; `getlist` has them all."""

    def __init__(self, pairs: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__()
        self._lists: dict[str, list[Any]] = {}
        for name, value in pairs:
            self._lists.setdefault(name, []).append(value)
            self.setdefault(name, value)

    def get(self, key: str, default: Any = None, type: Callable[[Any], Any] | None = None) -> Any:
        """The first value, through `type` where that is given; `default` where there is none or it does not convert."""
        if key not in self:
            return default
        try:
            return type(self[key]) if type is not None else self[key]
        except (ValueError, TypeError):
            return default

    def getlist(self, key: str) -> list[Any]:
        """Every value of the name."""
        return list(self._lists.get(key, []))

    def to_dict(self, flat: bool = True) -> dict[str, Any]:
        """A plain dict: of first values, or of lists."""
        return dict(self) if flat else {name: list(values) for name, values in self._lists.items()}


class Request:
    """One HTTP request. `data` is the body (`get_data()` too); forms and files are parsed when they are asked for."""

    def __init__(self, head: dict[str, Any] | None = None, body: bytes = b"") -> None:
        head = head or {}
        self.method: str = head.get("method", "POST")
        self.path: str = head.get("path", "/score")
        query = head.get("query") or ""
        self.query_string: bytes = query.encode("latin-1")
        self.headers = Headers([(name.title(), value) for name, value in head.get("headers", ())])
        self.remote_addr: str | None = head.get("peer")
        self._body = body
        self._parsed: tuple[MultiDict, MultiDict] | None = None
        self.args = MultiDict(parse_qsl(query, keep_blank_values=True))
        self.script_root = ""
        self.scheme = "http"

    # ── the body ──

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:
        """The whole body: bytes, or text where `as_text`."""
        return self._body.decode(self.charset, "replace") if as_text else self._body

    @property
    def data(self) -> bytes:
        """The body, empty where it is a form: as Flask has it."""
        return b"" if self._is_form else self._body

    @property
    def stream(self) -> io.BytesIO:
        return io.BytesIO(self._body)

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body as JSON. Raises ValueError where it is none, unless `silent`."""
        if not (force or self.is_json):
            if silent:
                return None
            raise ValueError("the request's Content-Type is not application/json; use get_json(force=True)")
        try:
            return json.loads(self._body)
        except ValueError:
            if silent:
                return None
            raise

    @property
    def json(self) -> Any:
        return self.get_json()

    @property
    def form(self) -> MultiDict:
        """The fields of a form."""
        return self._forms()[0]

    @property
    def files(self) -> MultiDict:
        """The uploaded files, by field name."""
        return self._forms()[1]

    @property
    def values(self) -> MultiDict:
        """Query and form fields together."""
        return MultiDict([*self.args.items(), *self.form.items()])

    def _forms(self) -> tuple[MultiDict, MultiDict]:
        if self._parsed is None:
            fields: list[tuple[str, str]] = []
            files: list[tuple[str, FileField]] = []
            if self.mimetype == "multipart/form-data":
                fields, files = parse_multipart(self._body, self.content_type or "")
            elif self._is_form:
                fields = parse_qsl(self._body.decode("utf-8", "replace"), keep_blank_values=True)
            self._parsed = MultiDict(fields), MultiDict(files)
        return self._parsed

    # ── the head ──

    @property
    def content_type(self) -> str | None:
        return self.headers.get("Content-Type")

    @property
    def mimetype(self) -> str:
        """The content type without its parameters, in lower case."""
        return (self.content_type or "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        return parameters_of(self.content_type or "").get("charset", "utf-8")

    @property
    def is_json(self) -> bool:
        kind = self.mimetype
        return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))

    @property
    def content_length(self) -> int | None:
        return len(self._body)

    @property
    def host(self) -> str:
        return self.headers.get("Host", "localhost")

    @property
    def full_path(self) -> str:
        """Path and query, with the `?` even where there is none: as Flask has it."""
        return f"{self.path}?{self.query_string.decode('latin-1')}"

    @property
    def host_url(self) -> str:
        return f"{self.scheme}://{self.host}/"

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://{self.host}{self.path}"

    @property
    def url(self) -> str:
        return f"{self.base_url}?{self.query_string.decode('latin-1')}" if self.query_string else self.base_url

    @property
    def cookies(self) -> MultiDict:
        pairs = (each.partition("=") for each in self.headers.get("Cookie", "").split(";") if "=" in each)
        return MultiDict((name.strip(), value.strip()) for name, _, value in pairs)

    @property
    def user_agent(self) -> str:
        return self.headers.get("User-Agent", "")

    @property
    def _is_form(self) -> bool:
        return self.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data")

    def __repr__(self) -> str:
        return f"<Request '{self.url}' [{self.method}]>"


class RawInput:
    """`@rawhttp`: the request itself, to the first parameter."""

    name = "raw"
    needs_head = True

    def __init__(self, parameter: str) -> None:
        self._parameter = parameter

    def read(self, request: wire.Request, notes: Notes) -> dict[str, Any]:
        return {self._parameter: Request(json.loads(request.head or b"{}"), request.body)}

    def read_together(self, _requests: Sequence[wire.Request]) -> None:
        """A raw request has no rows."""


class WithHeaders:
    """Any mode, with `request_headers` beside its arguments."""

    needs_head = True

    def __init__(self, mode: Any) -> None:
        self.name = mode.name
        self._read = mode.read

    def read(self, request: wire.Request, notes: Notes) -> dict[str, Any]:
        arguments: dict[str, Any] = self._read(request, notes)
        arguments["request_headers"] = request_headers(request.head)
        return arguments

    def read_together(self, _requests: Sequence[wire.Request]) -> None:
        """Each has headers of its own."""


def request_headers(head: bytes) -> dict[str, str]:
    """`dict(request.headers)` as a script there sees it: names in title case, repeated values joined."""
    return Headers(json.loads(head or b"{}").get("headers", ())).as_title_case()
