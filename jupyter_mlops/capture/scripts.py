"""Entry scripts that nobody typed into a cell: made for a model, or taken from a file and what lies beside it."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from jupyter_mlops.capture import links
from jupyter_mlops.capture.dead_imports import find_dead_imports
from jupyter_mlops.capture.files import LEFT_OUT
from jupyter_mlops.capture.flavor import flavor_named
from jupyter_mlops.capture.ignored import IgnoredPaths
from jupyter_mlops.capture.imports import imports_of
from jupyter_mlops.capture.signature import request_body
from jupyter_mlops.errors import CaptureError, UsageError
from jupyter_mlops.records import CapturedScript, Signature

__all__ = ["check_entry_script", "script_for_model", "script_from_file"]

_LARGEST_FOLDER = 300 * 1024 * 1024
"""Bytes of a source directory; as much as Azure ML v1 took."""
_LEAVE_OUT = ", or name it in .amlignore"


def script_for_model(flavor: str, model_name: str, signature: Signature | None, folder: Path) -> CapturedScript:
    """The entry script for a model that needs none, `score.py` in the folder (made if need be).

    With a signature, its example is the sample request. Raises `UsageError` for a flavor nobody knows, and for
    a model that was registered as files which no flavor can load by itself.
    """
    if flavor == "files":
        raise UsageError(
            f"{model_name} was registered as files: what loads them is not known",
            hint=f"give a script: %%score_script NAME --model {model_name}",
        )
    text = flavor_named(flavor).script(model_name, signature)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "score.py").write_text(text, encoding="utf-8")
    return CapturedScript(
        folder=str(folder),
        entry_script="score.py",
        models=(model_name,),
        imports=imports_of(ast.parse(text)),
        sample_input=None if signature is None else request_body(["data"], signature.example),
    )


def script_from_file(
    entry_script: str, source_directory: str | None, folder: Path, *, own_environment: bool = False
) -> CapturedScript:
    """An entry script of the disk and the files beside it, copied to the folder (made if need be).

    With a `source_directory`, `entry_script` is a path in it and all of it goes along, but for what its
    `.amlignore` (else `.gitignore`) names; without one, the script goes alone. Nothing is run: that it parses,
    that it has `init()` and `run(data)`, and that its imports are not of long ago is read from its text.
    `imports` are those of the script and of the modules beside it that it reaches, less these modules' names.
    `own_environment`: a conda or requirements file names the versions that it runs with, so imports that the
    kernel's versions no longer have are warnings.
    Raises `UsageError` for a path that is not there and for a link that leads out of the directory, `CaptureError` at
    `file:line` for the rest.
    """
    root, inside = _located(entry_script, source_directory)
    folder.mkdir(parents=True, exist_ok=True)
    files = list(_files(root)) if source_directory else [inside]
    if inside not in files:
        raise UsageError(f"{inside} is left out by the .amlignore of its folder", where=str(root))
    _copy(root, files, folder)
    tree = _parsed(root / inside, inside)
    warnings = check_entry_script(tree, str(inside), refuse_dead=not own_environment)
    return CapturedScript(
        folder=str(folder),
        entry_script=inside.as_posix(),
        imports=_imports(root, files, inside),
        warnings=tuple(warnings),
        source_directory=root.name if source_directory and root.name else "source",
    )


def check_entry_script(tree: ast.Module, where: str, *, refuse_dead: bool = True) -> list[str]:
    """What must be true of an entry script's text; returns what is worth a warning.

    Raises `CaptureError` at `where:line` for a missing `init` or `run`, a `run` that takes no request, and an
    import that is gone (one that our scoring server brings is a warning; all are without `refuse_dead`).
    """
    if not _has_driver_module(tree):
        for name in ("init", "run"):
            if name not in _bound_names(tree):
                raise CaptureError(f"the script has no {name}()", where=where, hint=_SKELETON[name])
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            _check_signature(node, where)
    dead = find_dead_imports(tree, served=False)
    if dead and refuse_dead:
        line, message, cure = dead[0]
        raise CaptureError(message, where=f"{where}:{line}", hint=f"write: {cure}")
    return [f"{where}:{line}: {message}; write: {cure}" for line, message, cure in find_dead_imports(tree)]


_SKELETON = {"init": "def init(): …  # loads the model", "run": "def run(data): …  # answers one request"}


def _check_signature(function: ast.FunctionDef | ast.AsyncFunctionDef, where: str) -> None:
    place = f"{where}:{function.lineno}"
    arguments = function.args
    if function.name == "init":
        needed = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
        if needed > 0:
            raise CaptureError("init() is called with no arguments", where=place, hint="def init():")
    elif function.name == "run":
        if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
            raise CaptureError("run() needs named parameters, no *, ** or /", where=place, hint="def run(data):")
        names = [argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)]
        if not names or names == ["request_headers"]:
            raise CaptureError("run() takes no request", where=place, hint="def run(data):")


def _bound_names(tree: ast.Module) -> set[str]:
    """What the module's top level defines, assigns or imports, also under `if` and `try`."""
    found: set[str] = set()
    queue: list[ast.stmt] = list(tree.body)
    while queue:
        node = queue.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.asname or alias.name for alias in node.names}
            if any(alias.name == "*" for alias in node.names):
                found |= {"init", "run"}  # who knows: the proof will
        for child in ast.walk(node):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                found.add(child.id)
        for name in ("body", "orelse", "handlers", "finalbody"):
            for inner in getattr(node, name, []):
                queue += inner.body if isinstance(inner, ast.ExceptHandler) else [inner]
    return found


def _has_driver_module(tree: ast.Module) -> bool:
    """The old contract's way to name another module whose `run` answers."""
    return "driver_module" in _bound_names(tree)


# ── the files ──


def _located(entry_script: str, source_directory: str | None) -> tuple[Path, PurePosixPath]:
    """The folder that goes along, and the script's path in it."""
    script = Path(entry_script).expanduser()
    if source_directory is None:
        root, inside = script.absolute().parent, PurePosixPath(script.name)
    else:
        root = Path(source_directory).expanduser().absolute()
        if not root.is_dir():
            raise UsageError("no such folder", where=str(source_directory))
        root = root.resolve()
        inside = PurePosixPath(os.path.relpath(script.resolve(), root) if script.is_absolute() else script.as_posix())
    if ".." in inside.parts:
        raise UsageError(f"the entry script lies outside of {root}", where=entry_script)
    if not (root / inside).is_file():
        raise UsageError("no such file", where=str(root / inside), hint="entry_script is a path in source_directory")
    return root, inside


def _files(root: Path) -> Iterator[PurePosixPath]:
    """The files below the folder that go along, links followed as far as they stay in it, sorted.

    Raises `UsageError` for a link that leads out of it, or in a circle.
    """
    ignored = IgnoredPaths.of(root)
    total = 0
    found: list[PurePosixPath] = []
    for folder, folders, names in os.walk(root, followlinks=True):
        here = PurePosixPath(os.path.relpath(folder, root))
        folders[:] = [name for name in folders if name not in LEFT_OUT and not ignored.has(here / name, is_folder=True)]
        for name in folders:
            if Path(folder).resolve().is_relative_to(links.within(root / here / name, root, otherwise=_LEAVE_OUT)):
                raise UsageError(links.CIRCLE, where=str(root / here / name))
        for name in names:
            path = here / name
            if name in LEFT_OUT or ignored.has(path, is_folder=False) or not (root / path).is_file():
                continue
            links.within(root / path, root, otherwise=_LEAVE_OUT)
            total += (root / path).stat().st_size
            found.append(path)
    if total > _LARGEST_FOLDER:
        raise CaptureError(
            f"the source directory has {total >> 20} MB, more than {_LARGEST_FOLDER >> 20}",
            where=str(root),
            hint=f"name what does not belong to the script in {root / '.amlignore'}",
        )
    yield from sorted(found)


def _copy(root: Path, files: list[PurePosixPath], folder: Path) -> None:
    for path in files:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, target)


def _parsed(path: Path, shown: PurePosixPath) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), filename=str(shown))
    except SyntaxError as error:
        raise CaptureError(f"not Python: {error.msg}", where=f"{shown}:{error.lineno}") from error
    except ValueError as error:
        raise CaptureError(f"not Python: {error}", where=str(shown)) from error


def _imports(root: Path, files: list[PurePosixPath], entry: PurePosixPath) -> tuple[str, ...]:
    """Of the script, and of the Python files beside it that it reaches by imports; their own names left out."""
    modules = _local_modules(files, entry)
    seen: set[PurePosixPath] = set()
    found: set[str] = set()
    queue = [entry]
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        tree = _parsed(root / path, path)
        for name in imports_of(tree):
            top = name.partition(".")[0]
            if top not in modules:
                found.add(name)
        queue += [file for top in _tops(tree) if top in modules for file in modules[top]]
    return tuple(sorted(found))


def _tops(tree: ast.Module) -> Iterator[str]:
    """The first part of every imported name; relative imports are already inside a package that is followed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def _local_modules(files: list[PurePosixPath], entry: PurePosixPath) -> dict[str, list[PurePosixPath]]:
    """The top-level modules that lie beside the script: on the root of the folder, and in the script's own."""
    found: dict[str, list[PurePosixPath]] = {}
    for path in files:
        if path.suffix != ".py":
            continue
        for base in {PurePosixPath(), entry.parent}:
            if path.is_relative_to(base):
                top = path.relative_to(base).parts[0].removesuffix(".py")
                found.setdefault(top, []).append(path)
    return found
