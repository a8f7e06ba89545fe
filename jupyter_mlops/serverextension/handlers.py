"""HTTP, and nothing else: who may, what was asked, the answer or the error as JSON."""

from __future__ import annotations

import asyncio
import inspect
import json
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from jupyter_server.base.handlers import APIHandler
from tornado import web

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.serverextension import contract
from jupyter_mlops.serverextension.asked import Action, Answer, Asked, asks_outside
from jupyter_mlops.serverextension.refusals import document_of, refusal, status_of
from jupyter_mlops.serverextension.running import Running

__all__ = ["WORKSPACE_HEADER", "Handler", "NoRoute", "encoded"]

WORKSPACE_HEADER = "X-Jupyter-Mlops-Workspace"


class _Json(APIHandler):
    """Errors in the one shape, whoever raised them."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, MlopsError):
            status_code = status_of(error)
            self.set_status(status_code)
        elif status_code >= 500 and not isinstance(error, web.HTTPError):
            self.log.error("jupyter_mlops: %s %s", self.request.method, self.request.path, exc_info=error)
        refused = error is None or isinstance(error, web.HTTPError)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(
            json.dumps(
                refusal(status_code, self._reason, getattr(error, "log_message", None) or "")
                if refused
                else document_of(error)
            )
        )

    def log_exception(self, *about: Any) -> None:
        """An error of ours is an answer like another; the others are logged by `write_error`."""
        if not isinstance(about[1], MlopsError):
            super().log_exception(*about)


class Handler(_Json):
    """One path. `actions` maps a method to an operationId and what does it."""

    def initialize(self, running: Running, actions: Mapping[str, tuple[str, Action]]) -> None:
        self.running = running
        self.actions = actions
        self._gone = asyncio.Event()
        # A panel that looks is no activity: the server may still be culled.
        self._track_activity = self.request.method != "GET"

    @web.authenticated
    async def get(self, **path: str) -> None:
        await self._act(path)

    @web.authenticated
    async def post(self, **path: str) -> None:
        await self._act(path)

    @web.authenticated
    async def patch(self, **path: str) -> None:
        await self._act(path)

    @web.authenticated
    async def delete(self, **path: str) -> None:
        await self._act(path)

    def on_connection_close(self) -> None:
        self._gone.set()
        super().on_connection_close()

    async def _act(self, path: Mapping[str, str]) -> None:
        if self.request.method not in self.actions:
            raise web.HTTPError(405)
        operation_id, action = self.actions[self.request.method]
        longest = contract.routes()[operation_id].longest
        if len(self.request.body) > longest:
            raise web.HTTPError(413, "%d bytes are more than the %d of this route", len(self.request.body), longest)
        asked = await self.running.in_thread(lambda: self._asked(operation_id, path))
        if inspect.iscoroutinefunction(action):
            status, text = _told(await action(asked))
        else:
            status, text = await self.running.in_thread(lambda: _told(action(asked)), outside=asks_outside(action))
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(text)

    def _asked(self, operation_id: str, path: Mapping[str, str]) -> Asked:
        header = self.request.headers.get(WORKSPACE_HEADER)
        return Asked(
            running=self.running,
            path=path,
            query=contract.read_query(operation_id, self.get_query_arguments),
            body=contract.read_body(operation_id, self.request.body),
            location=unquote(header) if header else self.get_query_argument("workspace", None) or None,
            notebook=self.get_query_argument("notebook", None) or None,
            gone=self._gone,
        )


class NoRoute(Handler):
    """What is under our prefix and is nothing."""

    def initialize(self) -> None:  # type: ignore[override]
        """Nothing to have."""

    async def _act(self, _path: Mapping[str, str]) -> None:
        raise web.HTTPError(404)


def _told(answer: Any) -> tuple[int, str]:
    whole = answer if isinstance(answer, Answer) else Answer(answer)
    return whole.status, encoded(whole.body)


def encoded(body: Any) -> str:
    """As JSON that every browser reads: a number that JSON has not (a NaN that a service answered) is its name."""
    try:
        return json.dumps(body, allow_nan=False)
    except ValueError:
        return json.dumps(_named(body))


def _named(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _named(part) for key, part in value.items()}
    return [_named(part) for part in value] if isinstance(value, (list, tuple)) else value
