"""`python -m jupyter_mlops.scoring`: the front."""

from __future__ import annotations

import sys

from jupyter_mlops.scoring.front.server import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
