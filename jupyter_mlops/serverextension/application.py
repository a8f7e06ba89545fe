"""The extension: its routes, and what lives as long as the server."""

from __future__ import annotations

from typing import Any, ClassVar

from jupyter_server.extension.application import ExtensionApp

from jupyter_mlops.serverextension.handlers import Handler, NoRoute
from jupyter_mlops.serverextension.routes import PREFIX, ROUTES, pattern
from jupyter_mlops.serverextension.running import Running

__all__ = ["Extension"]


class Extension(ExtensionApp):
    """`jupyter server extension enable jupyter_mlops.serverextension`; the wheel brings the file that does it."""

    name = "jupyter_mlops"
    extension_url = PREFIX
    load_other_extensions = True
    handlers: ClassVar[list[tuple[Any, ...]]]  # type: ignore[misc]

    def initialize_handlers(self) -> None:
        """One handler a path, in the order of the table."""
        assert self.serverapp is not None
        self.running = Running(self.serverapp.root_dir)
        made = [
            (pattern(path), Handler, {"running": self.running, "actions": actions}) for path, actions in ROUTES.items()
        ]
        self.handlers.extend([*made, (rf"{PREFIX}(?:/.*)?", NoRoute)])

    async def stop_extension(self) -> None:
        """Long polls end, and the databases are closed."""
        self.running.close()
