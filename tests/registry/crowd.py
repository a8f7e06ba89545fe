"""A hundred processes that register the same model at the same moment.

    python -m tests.registry.crowd FOLDER PROCESSES EACH      (the workspace is JUPYTER_MLOPS_WORKSPACE)

Each prints the versions that it got. One interpreter imports what is needed and forks, so that they all begin at once.
"""

from __future__ import annotations

import os
import sys

from jupyter_mlops.records import CapturedModel, Provenance
from jupyter_mlops.registry import models
from jupyter_mlops.storage import open_store

PROVENANCE = Provenance(user="ada", host="lovelace", python="3.11.7")


def register(folder: str, each: int) -> None:
    """What one of the crowd does: opens the workspace by itself, and registers `each` versions."""
    captured = CapturedModel(folder=folder, flavor="pickle")
    with open_store(os.environ["JUPYTER_MLOPS_WORKSPACE"]) as store:
        for _ in range(each):
            made = models.register(store, "crowded", captured, tags={"pid": os.getpid()}, provenance=PROVENANCE)
            os.write(1, f"{made.version}\n".encode())


def main(folder: str, processes: int, each: int) -> int:
    """Fork, open the gate, wait; returns how many failed."""
    open_store(os.environ["JUPYTER_MLOPS_WORKSPACE"]).close()  # imports all that is needed
    closed, gate = os.pipe()
    children = []
    for _ in range(processes):
        child = os.fork()
        if child == 0:
            os.close(gate)
            os.read(closed, 1)  # ends when the parent closes its end
            status = 1
            try:
                register(folder, each)
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    os.close(gate)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
