"""What a target's contract needs beside the target: specs to run, a way to kill it, and what must not be left."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.records import ServiceSpec
from jupyter_mlops.services.docker.resources import LABEL
from jupyter_mlops.services.docker.target import DockerTarget
from jupyter_mlops.services.process.control import ControlDoor
from jupyter_mlops.services.process.front import Front
from jupyter_mlops.services.process.machine import MachineFolder
from jupyter_mlops.services.process.target import ProcessTarget
from jupyter_mlops.services.target import Target
from tests.services.docker.containers import engine_or_skip, with_container
from tests.services.specs import WORKSPACE, make_spec

__all__ = ["BENCHES", "Bench", "pids"]


@dataclass(frozen=True)
class Bench:
    """One target under test.

    `kill` ends a service as a power cut would; `running` are its processes; `left` lists what a deleted one left.
    """

    target: Target
    spec: Callable[..., ServiceSpec]
    kill: Callable[[str], None]
    running: Callable[[str], list[int]]
    left: Callable[[], list[str]]


def pids(name: str) -> list[int]:
    """The processes of a process service: the front, then its workers."""
    folder = MachineFolder(WORKSPACE).service(name)
    settings: dict[str, Any] = folder.read("front.json") or {}
    seen = ControlDoor(Path(settings["control"])).status()
    return [seen["pid"], *(worker["pid"] for worker in seen["workers"])]


@contextlib.contextmanager
def process(tmp_path: Path) -> Iterator[Bench]:
    target = ProcessTarget(WORKSPACE, {})

    def kill(name: str) -> None:
        front = Front(MachineFolder(WORKSPACE).service(name))
        os.kill(pids(name)[0], signal.SIGKILL)
        while front.lives():
            threading.Event().wait(0.01)

    def left() -> list[str]:
        state = tmp_path / "state"
        return [
            str(path.relative_to(state)) for path in state.rglob("*") if path.is_file() and path.name != ".uses.lock"
        ]

    try:
        yield Bench(
            target, lambda source, **changes: make_spec(tmp_path / "state", source, **changes), kill, pids, left
        )
    finally:
        for name in target.names():
            target.delete(name)


@contextlib.contextmanager
def docker(tmp_path: Path, variable: str = "JUPYTER_MLOPS_TEST_DOCKER") -> Iterator[Bench]:
    engine = engine_or_skip(variable)
    client = engine.raw()
    workspace = f"test-{secrets.token_hex(4)}"
    target = DockerTarget(workspace, {})
    label = {"label": f"{LABEL}.workspace={workspace}"}

    def containers() -> list[Any]:
        return list(client.containers.list(all=True, filters=label))

    def kill(name: str) -> None:
        for container in containers():
            container.kill()

    def running(name: str) -> list[int]:
        return sorted(container.attrs["State"]["Pid"] for container in containers())

    def left() -> list[str]:
        volumes = client.volumes.list(filters=label)
        return [container.name for container in containers()] + [volume.name for volume in volumes]

    def spec(source: str, **changes: Any) -> ServiceSpec:
        return with_container(engine, make_spec(tmp_path / "state", source, **changes))

    try:
        yield Bench(target, spec, kill, running, left)
    finally:
        for name in target.names():
            target.delete(name)


@contextlib.contextmanager
def docker_over_tcp(tmp_path: Path) -> Iterator[Bench]:
    """As an engine on another machine: nothing but its API is shared with it, no file of ours least of all."""
    with docker(tmp_path, "JUPYTER_MLOPS_TEST_DOCKER_TCP") as bench:
        yield bench


BENCHES = {"process": process, "docker": docker, "docker over TCP": docker_over_tcp}
