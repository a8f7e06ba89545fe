"""`ComputeTarget`: a name for a place where services can run."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, NoReturn, Self

from jupyter_mlops.errors import UnsupportedError
from jupyter_mlops.sdk.listing import line

if TYPE_CHECKING:
    from jupyter_mlops.records import TargetRecord
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["AksCompute", "ComputeTarget"]

_INSTEAD = "services run on this machine with no compute target at all: leave deployment_target out"


class ComputeTarget:
    """An attached target. `ComputeTarget(workspace, name)` finds it; raises `NotFoundError`."""

    def __init__(self, workspace: Workspace, name: str):
        from jupyter_mlops.registry import targets

        self.workspace = workspace
        self._record = targets.get(workspace.store, name)

    @classmethod
    def _of(cls, workspace: Workspace, record: TargetRecord) -> Self:
        made = cls.__new__(cls)
        made.workspace, made._record = workspace, record
        return made

    @classmethod
    def list(cls, workspace: Workspace) -> builtins.list[Self]:
        """All that are attached."""
        from jupyter_mlops.registry import targets

        return [cls._of(workspace, record) for record in targets.search(workspace.store)]

    @classmethod
    def create(cls, workspace: Workspace, name: str, provisioning_configuration: object) -> NoReturn:
        """Making machines: not served. Raises `UnsupportedError`."""
        raise UnsupportedError("ComputeTarget.create is not served: no machines are made", hint=_INSTEAD)

    @classmethod
    def attach(cls, workspace: Workspace, name: str, attach_configuration: object) -> NoReturn:
        """No kind of target can be attached yet. Raises `UnsupportedError`."""
        raise UnsupportedError("ComputeTarget.attach is not served yet", hint=_INSTEAD)

    def detach(self) -> None:
        """Forget the name; what runs there goes on."""
        from jupyter_mlops.registry import targets

        targets.detach(self.workspace.store, self.name)

    def delete(self) -> None:
        """Raises `UnsupportedError`: nothing was made that could be deleted."""
        raise UnsupportedError("a compute target is not deleted, for it was not made here", hint="target.detach()")

    @property
    def name(self) -> str:
        return self._record.name

    @property
    def kind(self) -> str:
        """`process`, …"""
        return self._record.kind

    type = kind

    def serialize(self) -> dict[str, Any]:
        """As JSON; references to secrets, never secrets."""
        return {
            "name": self.name,
            "kind": self.kind,
            "configuration": dict(self._record.configuration),
            "created": self._record.created.isoformat(),
        }

    def __repr__(self) -> str:
        return line("ComputeTarget", name=self.name, kind=self.kind)


class AksCompute(ComputeTarget):
    """A Kubernetes cluster: not served yet. Its class methods raise `UnsupportedError`."""

    def __init__(self, workspace: Workspace, name: str):
        _refuse_kubernetes()

    @staticmethod
    def provisioning_configuration(*arguments: object, **options: object) -> NoReturn:
        """Not served. Raises `UnsupportedError`."""
        _refuse_kubernetes()

    @staticmethod
    def attach_configuration(*arguments: object, **options: object) -> NoReturn:
        """Not served yet. Raises `UnsupportedError`."""
        _refuse_kubernetes()


def _refuse_kubernetes() -> NoReturn:
    raise UnsupportedError("AksCompute is not served yet: nothing runs on Kubernetes", hint=_INSTEAD)
