"""The magics as IPython knows them: a class with a method for each, which reads the line and does the verb's work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, output_can_be_silenced

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.magics import finding, making, serving
from jupyter_mlops.magics.helping import help_text
from jupyter_mlops.magics.parse import parse, refuse_bare
from jupyter_mlops.magics.session import Call
from jupyter_mlops.views.hints import retell
from jupyter_mlops.views.verbs import verb

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["MlopsMagics", "load_ipython_extension"]

Work = Callable[[Call], Any]

_WORK: dict[str, Work] = {
    "register_model": making.register_model,
    "score_script": making.score_script,
    "build_image": making.build_image,
    "deploy": serving.deploy,
    "update_service": serving.update_service,
    "start_service": serving.start_service,
    "test_service": serving.test_service,
    "service_logs": serving.service_logs,
    "service_keys": serving.service_keys,
    "monitor": serving.monitor,
    "models": finding.models,
    "images": finding.images,
    "services": finding.services,
    "operations": finding.operations,
    "delete_service": finding.delete_service,
    "delete_image": finding.delete_image,
    "delete_model": finding.delete_model,
    "workspace": finding.workspace,
}


def _run(shell: InteractiveShell | None, name: str, line: str, cell: str | None = None) -> Any:
    assert shell is not None, "a magic runs in a shell"
    known = verb(name)
    given = parse(known, line)
    if given.help:
        print(help_text(known))
        return None
    call = Call(shell, given, cell)
    if given.nothing and known.bare is not None:
        if cell is not None and cell.strip():
            refuse_bare(known)
        from jupyter_mlops.magics.bare import show_what_exists

        show_what_exists(known, call.workspace)
        return None
    try:
        return _WORK[name](call)
    except MlopsError as error:
        retell(error)
        raise


def _method(name: str, decorate: Callable[[Any], Any]) -> Any:
    """A magic's method: its help is its docstring, so that `%deploy?` says the same as `%deploy --help`."""

    def method(self: Magics, line: str, cell: str | None = None) -> Any:
        return _run(self.shell, name, line, cell)

    def line_method(self: Magics, line: str) -> Any:
        return _run(self.shell, name, line)

    chosen = method if decorate is line_cell_magic else line_method
    chosen.__name__ = name
    chosen.__doc__ = help_text(verb(name))
    return output_can_be_silenced(decorate(chosen))


@magics_class
class MlopsMagics(Magics):
    """`%register_model` … `%workspace`; `--help` tells each."""

    register_model = _method("register_model", line_magic)
    score_script = _method("score_script", line_cell_magic)
    build_image = _method("build_image", line_magic)
    deploy = _method("deploy", line_magic)
    update_service = _method("update_service", line_magic)
    start_service = _method("start_service", line_magic)
    test_service = _method("test_service", line_magic)
    service_logs = _method("service_logs", line_magic)
    service_keys = _method("service_keys", line_magic)
    monitor = _method("monitor", line_magic)
    models = _method("models", line_magic)
    images = _method("images", line_magic)
    services = _method("services", line_magic)
    operations = _method("operations", line_magic)
    delete_service = _method("delete_service", line_magic)
    delete_image = _method("delete_image", line_magic)
    delete_model = _method("delete_model", line_magic)
    workspace = _method("workspace", line_magic)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """For IPythons whose lazy magics name an extension."""
    shell.register_magics(MlopsMagics)
