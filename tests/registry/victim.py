"""A process that registers a model and stops dead at a given place, so that a test can kill it there.

    python -m tests.registry.victim FILE copying|committing|whole      (the workspace is JUPYTER_MLOPS_WORKSPACE)

It prints `here` when it is at the place and then waits for ever; with `whole` it prints the version.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.records import CapturedModel, Provenance
from jupyter_mlops.registry import models
from jupyter_mlops.storage import open_store


def stop(*_arguments: Any, **_options: Any) -> int:
    """Say so, and wait to be killed."""
    print("here", flush=True)
    signal.pause()
    return 0


def main(file: str, place: str) -> int:
    """Register `file`; 1, with the error on one line, when it is refused."""
    provenance = Provenance(user="ada", host="lovelace", python="3.11.7")
    captured = CapturedModel(folder=file, flavor="pickle")
    progress = stop if place == "copying" else None
    try:
        with open_store(os.environ["JUPYTER_MLOPS_WORKSPACE"]) as store:
            if place == "committing":  # the row is written and not committed: the last step is the event
                store.events.append = stop  # type: ignore[method-assign]
            print(models.register(store, "diabetes", captured, provenance=provenance, progress=progress).version)
    except MlopsError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
