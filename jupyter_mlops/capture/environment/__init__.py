"""STAGE: the kernel, a conda file or a requirements file → the exact packages of a script.

`kernel` locks what runs here; `requested` reads what a user wrote; `resolve` finds what fits it; `installed` knows
the interpreter's distributions, `wheels` makes what no index serves.
"""

from __future__ import annotations

from jupyter_mlops.capture.environment.kernel import lock_kernel
from jupyter_mlops.capture.environment.resolve import lock_from_conda, lock_from_requirements

__all__ = ["lock_from_conda", "lock_from_requirements", "lock_kernel"]
