"""`azureml.core.run.Run`: scripts import it at the top; a service is no run."""

from __future__ import annotations

from typing import Any

from jupyter_mlops.scoring.worker.served.absent import Absent, absent

__all__ = ["Run"]


class Run(Absent):
    """A class to name, not to use."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__("azureml.core.run.Run")
        self._refuse()

    @staticmethod
    def get_context(*arguments: Any, **named: Any) -> Any:
        """There is no run inside a service: an object that says so when it is used."""
        return Absent("azureml.core.run.Run.get_context()")


def __getattr__(name: str) -> Absent:
    return absent("azureml.core.run", name)
