"""A real Jupyter server with the extension on, a client that holds every answer to `openapi.yaml`, a workspace."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pytest_jupyter.jupyter_server import *  # noqa: F403 its fixtures need each other by name

from jupyter_mlops.records import ModelRecord
from jupyter_mlops.registry import models
from jupyter_mlops.sdk.webservice import Webservice
from jupyter_mlops.sdk.workspace import Workspace
from jupyter_mlops.serverextension import contract
from tests.fixtures.stores import PROVENANCE


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {
        "ServerApp": {
            "jpserver_extensions": {"jupyter_mlops.serverextension": True, "jupyter_server_terminals": False},
            "allow_unauthenticated_access": False,
        }
    }


@dataclass(frozen=True)
class Reply:
    """Status, JSON and headers of an answer that is as `openapi.yaml` says."""

    status: int
    body: Any
    headers: Any

    def __getitem__(self, key: str) -> Any:
        assert key in self.body, f"{self.status}: {self.body}"
        return self.body[key]


class Server:
    """The Jupyter server, as the sidebar talks to it."""

    def __init__(self, fetch: Callable[..., Coroutine[Any, Any, Any]], loop: asyncio.AbstractEventLoop, root: Path):
        self._fetch = fetch
        self.loop = loop
        self.root = root

    def get(self, path: str, /, *, headers: dict[str, str] | None = None, **query: Any) -> Reply:
        return self.ask("GET", path, headers=headers, **query)

    def post(self, path: str, /, **body: Any) -> Reply:
        return self.ask("POST", path, body=body)

    def patch(self, path: str, /, **body: Any) -> Reply:
        return self.ask("PATCH", path, body=body)

    def delete(self, path: str, /, **query: Any) -> Reply:
        return self.ask("DELETE", path, **query)

    def ask(self, method: str, path: str, /, **how: Any) -> Reply:
        return self.loop.run_until_complete(self.request(method, path, **how))

    async def request(
        self, method: str, path: str, /, *, body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> Reply:
        params = [
            (key, value) for key, given in query.items() for value in (given if isinstance(given, list) else [given])
        ]
        response = await self._fetch(
            "jupyter-mlops", *path.strip("/").split("/"),
            method=method, params=params, headers=dict(headers or {}), raise_error=False, request_timeout=120,
            body=None if method in ("GET", "DELETE") else body if isinstance(body, str) else json.dumps(body or {}),
        )  # fmt: skip
        reply = Reply(response.code, json.loads(response.body), response.headers)
        check(method, path, reply)
        return reply


def check(method: str, path: str, reply: Reply) -> None:
    """The answer is one that the contract has."""
    operation = next(found for found in described(method, path))
    responses = operation["responses"]
    response = responses.get(str(reply.status), responses["default"])
    if "$ref" in response:
        response = contract.document()["components"]["responses"]["Error"]
        assert reply.status >= 400, reply
    schema = response["content"]["application/json"]["schema"]
    errors = list(
        Draft202012Validator({**schema, "components": contract.document()["components"]}).iter_errors(reply.body)
    )
    assert not errors, f"{method} {path}: {errors[0].message} at {list(errors[0].absolute_path)} of {reply.body}"


def described(method: str, path: str) -> Iterator[dict[str, Any]]:
    """What the contract says about a request; the more literal path first."""
    parts = path.strip("/").split("/")
    for template, item in sorted(contract.document()["paths"].items(), key=lambda found: "{" in found[0]):
        names = template.strip("/").split("/")
        fits = len(names) == len(parts) and all(
            name == part or name[0] == "{" for name, part in zip(names, parts, strict=True)
        )
        if fits and method.lower() in item:
            yield item[method.lower()]
    yield {"responses": {"default": {"$ref": "no such route"}}}


@pytest.fixture
def server(jp_fetch: Any, jp_asyncio_loop: Any, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("XDG_DATA_HOME", str(jp_root_dir.parent / "data"))
    # pytest-jupyter puts this process's packages there: a kernel of another environment would see them.
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return Server(jp_fetch, jp_asyncio_loop, jp_root_dir)


@pytest.fixture
def workspace(server: Server) -> Iterator[Workspace]:
    """The one that the server means when nobody says another; what a test deployed is gone after it."""
    with Workspace() as opened:
        yield opened
        for service in Webservice.list(opened):
            service.delete()


@pytest.fixture
def register(workspace: Workspace, tmp_path: Path) -> Callable[..., ModelRecord]:
    """`register("diabetes", tags=…)`: the next version of a model of one small file."""
    from jupyter_mlops.records import CapturedModel

    folder = tmp_path / "captured"
    folder.mkdir()
    (folder / "model.pkl").write_bytes(b"weights")

    def make(name: str = "diabetes", framework: str = "ScikitLearn", **options: Any) -> ModelRecord:
        captured = CapturedModel(folder=str(folder), flavor="pickle", framework=framework, framework_version="1.5")
        return models.register(workspace.store, name, captured, provenance=PROVENANCE, **options)

    return make
