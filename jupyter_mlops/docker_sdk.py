"""The Docker SDK's client whose lists hold what is there: it lists numbers first, then looks at each of them, and what
another process (a runner, a second notebook) removes in between would be an error of whoever only looked around.
"""

from __future__ import annotations

import contextlib
from typing import Any

from docker import DockerClient
from docker.errors import ImageNotFound
from docker.models.containers import ContainerCollection
from docker.models.images import ImageCollection

__all__ = ["Client"]


class Client(DockerClient):  # type: ignore[misc]  # the SDK has no types
    """As the SDK's, but for its lists."""

    @property
    def containers(self) -> _Containers:
        """Those of the engine."""
        return _Containers(client=self)

    @property
    def images(self) -> _Images:
        """Those of the engine."""
        return _Images(client=self)


class _Containers(ContainerCollection):  # type: ignore[misc]
    def list(self, **asked: Any) -> Any:
        return super().list(**{"ignore_removed": True, **asked})


class _Images(ImageCollection):  # type: ignore[misc]
    def list(self, name: str | None = None, all: bool = False, filters: dict[str, Any] | None = None) -> Any:
        found = []
        for each in self.client.api.images(name=name, all=all, filters=filters):
            with contextlib.suppress(ImageNotFound):
                found.append(self.get(each["Id"]))
        return found
