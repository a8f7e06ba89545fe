"""A Docker target of a workspace of its own, whose containers and volumes are gone after the test."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from jupyter_mlops.records import ServiceSpec, ServiceStatus
from jupyter_mlops.services.docker.resources import LABEL
from jupyter_mlops.services.docker.service import ContainerService
from jupyter_mlops.services.docker.target import DockerTarget
from tests.services.docker.containers import engine_or_skip, with_container
from tests.services.specs import DOUBLE, Said, accept, make_spec


class Docker(NamedTuple):
    """The engine's client, a target, and specs whose image is in the engine."""

    client: Any
    target: DockerTarget
    workspace: str
    spec: Callable[..., ServiceSpec]

    def deploy(self, source: str = DOUBLE, said: Said | None = None, **changes: Any) -> ServiceStatus:
        return self.target.deploy(self.spec(source, **changes), said or Said(), accept)

    def containers(self, role: str = "") -> list[Any]:
        labels = [f"{LABEL}.workspace={self.workspace}", *([f"{LABEL}.role={role}"] if role else [])]
        return list(self.client.containers.list(all=True, filters={"label": labels}))

    def service(self, name: str = "doubler") -> ContainerService:
        return ContainerService(self.client, self.workspace, name)


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Docker]:
    engine = engine_or_skip()
    workspace = f"test-{secrets.token_hex(4)}"
    target = DockerTarget(workspace, {})
    made = Docker(
        engine.raw(),
        target,
        workspace,
        lambda source, **changes: with_container(engine, make_spec(tmp_path / "state", source, **changes)),
    )
    yield made
    for name in target.names():
        target.delete(name)
    assert made.containers() == []
