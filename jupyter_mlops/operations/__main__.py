"""`python -m jupyter_mlops.operations ID`: the runner of one operation of the workspace in JUPYTER_MLOPS_WORKSPACE."""

from __future__ import annotations

import argparse
import os
import sys

from jupyter_mlops.operations.runner import run
from jupyter_mlops.storage import open_store


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m jupyter_mlops.operations", description=__doc__)
    parser.add_argument("id", help="the operation")
    parser.add_argument(
        "--lock", type=int, required=True, help="the descriptor whose lock says that this process lives"
    )
    options = parser.parse_args()
    os.set_inheritable(options.lock, False)  # a service that outlives this runner must not hold it
    with open_store(os.environ["JUPYTER_MLOPS_WORKSPACE"]) as store:
        return run(store, options.id)


if __name__ == "__main__":
    sys.exit(main())
