"""STAGE: the kernel, a conda file or a requirements file → the exact packages of a script.

`kernel` locks what runs here; `conda` and `requirements` read what a user wrote; `resolve` finds what fits it.
"""

from __future__ import annotations

from jupyter_mlops.capture.environment.kernel import lock_kernel

__all__ = ["lock_kernel"]
