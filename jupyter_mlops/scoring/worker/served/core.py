"""`azureml.core`: `Model` and `Run`; any other name may be imported, and says what it is when it is used."""

from __future__ import annotations

from jupyter_mlops.scoring.worker.served.absent import Absent, absent
from jupyter_mlops.scoring.worker.served.model import Model
from jupyter_mlops.scoring.worker.served.run import Run

__all__ = ["Model", "Run"]


def __getattr__(name: str) -> Absent:
    return absent("azureml.core", name)
