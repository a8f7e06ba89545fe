"""A cell becomes a script: the one place where the parts are put together."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.capture.cells.entry import Entry, parse_entry
from jupyter_mlops.capture.cells.first_party import copy_modules, find_modules, imported_modules
from jupyter_mlops.capture.cells.imports import Imports, bound_name, lines_of_statement
from jupyter_mlops.capture.cells.notebook import Notebook
from jupyter_mlops.capture.cells.ordering import in_order
from jupyter_mlops.capture.cells.resolver import Resolver
from jupyter_mlops.capture.cells.review import models_in, review
from jupyter_mlops.capture.cells.samples import ABSENT, Samples, samples_for
from jupyter_mlops.capture.cells.scopes import Use
from jupyter_mlops.capture.cells.script import compose
from jupyter_mlops.capture.imports import imports_of
from jupyter_mlops.errors import StorageError
from jupyter_mlops.records import CapturedScript

__all__ = ["capture_cell"]


def capture_cell(
    source: str,
    namespace: Mapping[str, Any],
    *,
    folder: Path,
    name: str,
    cell_label: str,
    history: Sequence[str] | None,
    working_folder: Path,
    models: Sequence[str] = (),
    input: Any = ABSENT,
    output: Any = ABSENT,
) -> CapturedScript:
    """Writes the cell, and all that it uses from the notebook, into `folder` as a script that stands alone.

    The cell is not run. `namespace` is the kernel's (`user_ns`), `history` IPython's `In` (entry n is cell n; None
    when there is none), `cell_label` what a person calls the cell (`Cell [7]`). A `%%score_script` line at the head
    of `source` counts as its line 1. `input` and `output` are examples; `...` stands for none. `models` are those
    named by `--model`; the ones that the cell asks `Model.get_model_path` for are added.

    Raises `CaptureError` at the cell's line, before anything is written, for what cannot be captured, and
    `UsageError` for an example that does not fit.
    """
    entry = parse_entry(source, cell_label)
    imports = _imports_of_cell(entry, namespace)
    binds = set(entry.names.binds)
    notebook = Notebook.of(history)
    resolver = Resolver(
        notebook,
        namespace,
        imports,
        binds=binds,
        stars=entry.names.star_imports,
        lazy_annotations="annotations" in entry.future,
    )
    resolver.known |= {bound_name(line) for line in imports.lines if line.name or line.alias}
    _resolve(entry, resolver)
    taken = {*binds, *resolver.known, *namespace}
    samples = samples_for(entry, input, output, taken)
    constants = _add_imports(imports, samples)
    pieces = in_order(resolver.pieces)
    text, lines = compose(
        entry,
        imports,
        pieces,
        name=name,
        first_party=[one.name for one in find_modules({line.module for line in imports.lines}, working_folder)],
        samples=constants,
        decorators=samples.decorators,
    )
    tree = ast.parse(text)
    review(tree, lines)
    own = find_modules(imported_modules(tree), working_folder)
    script = "score.py" if all(one.name != "score" for one in own) else f"score_{_identifier(name)}.py"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / script).write_text(text, "utf-8")
        resolver.files.write(folder)
        needed = copy_modules(own, folder) | resolver.files.modules | set(imports_of(tree))
    except OSError as error:
        raise StorageError(f"the script cannot be written: {error.strerror or error}", where=str(folder)) from error
    return CapturedScript(
        folder=str(folder),
        entry_script=script,
        models=models_in(tree, models),
        imports=tuple(sorted(needed - {one.name for one in own})),
        lines=lines,
        sample_input=samples.body,
        sample_output=samples.output,
        has_sample_output=samples.has_output,
    )


def _imports_of_cell(entry: Entry, namespace: Mapping[str, Any]) -> Imports:
    """The import block as the cell's own head gives it."""
    later = set(entry.names.binds) - {bound_name(line) for one in entry.hoisted for line in one.lines}
    used = {use.name for use in entry.names.uses} | set(entry.names.assigned)

    def taken(name: str, live: Any) -> bool:
        if name in later:
            return True
        if name in namespace:
            return namespace[name] is not live
        return name in used and not any(bound_name(line) == name for line in imports.lines)

    imports = Imports(taken)
    for one in entry.hoisted:
        for line in one.lines:
            if line.module == "__future__":
                imports.future.add(str(line.name))
                continue
            imports.lines.add(line)
            if one.comments:
                imports.comments[line] = list(one.comments)
            if one.trailing:
                imports.trailing[line] = one.trailing
    return imports


def _resolve(entry: Entry, resolver: Resolver) -> None:
    """`init()` first: what it gives a value, by itself or by what it calls, is not taken from the notebook."""
    resolver.assigned |= set(entry.names.assigned)
    resolver.loaded |= {name for name, functions in entry.names.assigned.items() if "init" in functions}
    for in_init in (True, False):
        resolver.in_init = in_init
        if in_init and entry.init is None and _needs_init(entry, resolver):
            resolver.need(Use("init", 0, now=False), entry.label)
            resolver.settle()
        for use in entry.names.uses:
            if _is_in_init(entry, use.line) == in_init:
                resolver.need(use, entry.place(use.line))
                resolver.settle()


def _needs_init(entry: Entry, resolver: Resolver) -> bool:
    """Whether another cell's `init()` gives a value to a name that this cell uses."""
    given = resolver.assigned_by("init")
    return bool(given & {use.name for use in entry.names.uses})


def _is_in_init(entry: Entry, line: int) -> bool:
    init = entry.init
    return init is not None and init.lineno <= line <= (init.end_lineno or init.lineno)


def _add_imports(imports: Imports, samples: Samples) -> list[str]:
    """Adds what the samples import; gives their lines, with `np` and `pd` under the names that the script has."""
    constants = "\n".join(samples.constants)
    for text in samples.imports:
        for node in ast.parse(text).body:
            if isinstance(node, ast.ImportFrom):
                imports.lines |= set(lines_of_statement(node))
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    name = imports.module(alias.name)
                    constants = re.sub(rf"(?m)(^|[^\w.\"']){alias.asname or alias.name}\.", rf"\1{name}.", constants)
    return constants.splitlines()


def _identifier(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)
