"""SURFACE: what the sidebar calls, as a Jupyter server extension.

The rule: it calls `sdk` (and `views` and `telemetry` for shapes) and nothing below; it never unpickles and never
imports a framework; what needs a kernel's environment runs in that kernel's Python (`work`), not in the server.
`openapi.yaml` is the contract; a test holds the routes to it. This module imports nothing: `work` starts in kernels
that have no Jupyter server.
"""

from __future__ import annotations

from typing import Any

__all__ = ["_jupyter_server_extension_points"]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from jupyter_mlops.serverextension.application import Extension

    return [{"module": "jupyter_mlops.serverextension", "app": Extension}]
