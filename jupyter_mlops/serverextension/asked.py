"""What an action gets, and what it gives back: a request without HTTP, so that actions are plain functions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from jupyter_mlops.sdk.workspace import Workspace
    from jupyter_mlops.serverextension.running import Running

__all__ = ["Action", "Answer", "Asked", "asks_outside", "outside"]


@dataclass(frozen=True)
class Answer:
    """JSON, where the status is not 200."""

    body: dict[str, Any]
    status: int = 200


@dataclass
class Asked:
    """One request, read and checked: `path`, `query` and `body` are as `openapi.yaml` says.

    `location` and `notebook` say which workspace is meant (None: not said). `gone` is set when the client is.
    """

    running: Running
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    location: str | None = None
    notebook: str | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @cached_property
    def workspace(self) -> Workspace:
        """Opened when it is first needed, and kept open by the server. Raises `WorkspaceError`."""
        return self.running.workspaces.open(self.location, self.notebook)

    @property
    def name(self) -> str:
        """Of the path."""
        return self.path["name"]


Action = Callable[[Asked], "dict[str, Any] | Answer | Awaitable[dict[str, Any] | Answer]"]
"""A plain function is run in a thread, a coroutine function on the server's loop (it must never block)."""

Doing = TypeVar("Doing", bound=Callable[..., Any])
_outside: set[Callable[..., Any]] = set()


def outside(action: Doing) -> Doing:
    """An action (a method too) that waits for a service or for its turn to write, which may take time: it has threads
    of its own, and keeps none of those that the lists need."""
    _outside.add(action)
    return action


def asks_outside(action: Action) -> bool:
    """Whether it was marked."""
    return getattr(action, "__func__", action) in _outside
