"""SURFACE: the old import names, `azureml.core` and its neighbours, served by `sdk` where Azure's packages are absent.

`%load_ext jupyter_mlops.azureml` in a notebook, `import jupyter_mlops.azureml` in a script. A name that is not served
raises an `ImportError` (or `AttributeError`) that says so and names what to use.
May import `sdk` and what lies below; never another surface.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_mlops.azureml.finder import install, uninstall

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["install", "load_ipython_extension", "uninstall", "unload_ipython_extension"]

install()


def load_ipython_extension(shell: InteractiveShell) -> None:
    """`%load_ext jupyter_mlops.azureml`: the magics too, for errors name them (`%service_logs NAME`)."""
    install()
    manager: Any = shell.extension_manager
    manager.load_extension("jupyter_mlops")


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """`%unload_ext jupyter_mlops.azureml`: the names are Azure's again, or nobody's."""
    uninstall()
