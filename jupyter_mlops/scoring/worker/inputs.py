"""From a request's bytes to the arguments of `run`, in the three modes: string, schema, raw."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from jupyter_mlops.scoring.wire import Request, RequestFlag
from jupyter_mlops.scoring.worker.notes import Notes
from jupyter_mlops.scoring.worker.optional import orjson

__all__ = ["BadInput", "InputMode", "StringInput", "Together", "parse_json", "wanted_json"]

_RUNS_OF_ZERO = bytes(0x30 if 0x30 <= byte <= 0x39 else byte for byte in range(256))
_BIG = b"0" * 19
_QUERY = int(RequestFlag.QUERY)


class BadInput(Exception):
    """The client's fault; the message is what it is told. `status` is the answer's."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Together(NamedTuple):
    """The arguments of one run for several requests, and how many rows of it are each's."""

    arguments: dict[str, Any]
    sizes: list[int]


class InputMode(Protocol):
    """How a request becomes arguments. `notes` collects warnings for the answer's header and the log."""

    name: str
    needs_head: bool

    def read(self, request: Request, notes: Notes) -> dict[str, Any]: ...

    def read_together(self, requests: Sequence[Request]) -> Together | None:
        """Several requests at once; None: each has to be read on its own, because of this mode or of one of them."""


def parse_json(body: bytes, *, exact: bool = True) -> Any:
    """What `json.loads` makes of it, mostly by orjson: NaN, a BOM, UTF-16 and integers over 64 bits are `json`'s.

    Where not `exact`, such integers may come as floats. Raises BadInput.
    """
    if orjson is not None and not (exact and _BIG in body.translate(_RUNS_OF_ZERO)):
        try:
            return orjson.loads(body)
        except ValueError:
            pass  # json has the last word: it reads what orjson refuses, and its words are the contract's
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        if not body:
            raise BadInput("POST body is empty. Expecting a JSON dictionary.") from None
        raise BadInput(f"POST body could not be decoded as JSON: {error}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"POST body could not be decoded as text: {error}") from None
    except RecursionError:
        raise BadInput("POST body could not be decoded as JSON: it is nested too deeply") from None


def wanted_json(body: bytes, *, exact: bool = True) -> dict[str, Any]:
    """The JSON object in a body. Raises BadInput where it is something else."""
    value = parse_json(body, exact=exact)
    if type(value) is not dict:
        raise BadInput("POST body should be a JSON dictionary.")
    return value


class StringInput:
    """An undecorated `run`: the body, as text, to its first parameter; a GET query as the JSON of its values."""

    name = "string"
    needs_head = False

    def __init__(self, parameter: str, check: Callable[[bytes, Notes], None] | None = None) -> None:
        self._parameter = parameter
        self._check = check

    def read_together(self, _requests: Sequence[Request]) -> None:
        """Text has no rows."""

    def read(self, request: Request, notes: Notes) -> dict[str, Any]:
        body = request.body
        if request.flags & _QUERY:
            return {self._parameter: json.dumps(json.loads(body or b"{}"))}
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise BadInput(f"Input cannot be decoded as UTF-8: {error}") from None
        if self._check is not None:
            self._check(body, notes)
        return {self._parameter: text}
