"""What `Environment.build` returns: the build's log, and a way to wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.records import EnvironmentLock
from jupyter_mlops.sdk.listing import line

if TYPE_CHECKING:
    from jupyter_mlops.sdk.environment import Environment
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["EnvironmentBuild", "build"]

_STATES = {"Queued": "Queued", "Running": "Running", "Succeeded": "Succeeded", "Cancelled": "Canceled"}


class EnvironmentBuild:
    """One build of an environment. Without a Docker engine there is nothing to build: its packages are locked, which
    `log` says, and it has succeeded.
    """

    def __init__(self, environment: str, lock: EnvironmentLock, operation: Operation | None):
        self.environment_name = environment
        self.lock = lock
        self.operation = operation

    @property
    def status(self) -> str:
        """`Queued`, `Running`, `Succeeded`, `Failed` or `Canceled`."""
        return "Succeeded" if self.operation is None else _STATES.get(self.operation.state, "Failed")

    @property
    def error(self) -> MlopsError | None:
        """Why it failed."""
        return None if self.operation is None else self.operation.error

    @property
    def image(self) -> str | None:
        """The tag of what was made in the engine; None while it is not there, and without an engine."""
        return None if self.operation is None else self.operation.result.get("image")

    @property
    def log(self) -> str:
        """What was said so far."""
        return "\n".join([self._locked, *([_NO_ENGINE] if self.operation is None else self.operation.log)])

    @property
    def _locked(self) -> str:
        return f"environment {self.environment_name}: {len(self.lock.packages)} packages locked ({self.lock.source})"

    def wait_for_completion(self, show_output: bool = False) -> EnvironmentBuild:
        """Return when it is built; `show_output` prints stages and log as they happen. Raises what made it fail."""
        if show_output:
            print(self._locked)
        if self.operation is not None:
            self.operation.wait(show_output=show_output)
        elif show_output:
            print(_NO_ENGINE)
        return self

    def __repr__(self) -> str:
        return line("EnvironmentBuild", environment=self.environment_name, status=self.status, image=self.image)


_NO_ENGINE = "no Docker engine answers: nothing is built; an image with this environment uses the lock as it is"


def build(workspace: Workspace, environment: Environment) -> EnvironmentBuild:
    """Lock here, in this kernel; what an engine has to make is an operation."""
    from jupyter_mlops import docker_client
    from jupyter_mlops.capture.provenance import provenance
    from jupyter_mlops.operations import verbs
    from jupyter_mlops.registry import locks
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.packages import locked
    from jupyter_mlops.sdk.run import run_stack

    store = workspace.store
    lock = locked(store, (), (), InferenceConfig(environment=environment))
    digest = locks.save(store, lock)
    base = environment.container_base().manifest(store, lock.python)
    if not docker_client.answers():
        return EnvironmentBuild(environment.name, lock, None)
    run = run_stack[-1].id if run_stack else None
    record = verbs.build_environment(store, environment.name, digest, base, run=run, provenance=provenance())
    return EnvironmentBuild(environment.name, lock, Operation._of(workspace, record))
