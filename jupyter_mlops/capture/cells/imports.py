"""Import lines: where a live object can be imported from, and how a script's imports are sorted and merged."""

from __future__ import annotations

import ast
import importlib
import sys
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ImportLine", "Imports", "bound_name", "import_of", "lines_of_statement", "resolves_to", "wrap"]

_WIDTH = 88
_ALIASES = {"numpy": "np", "pandas": "pd"}


@dataclass(frozen=True, order=True)
class ImportLine:
    """One imported name. `name` is None for `import module`."""

    module: str
    name: str | None = None
    alias: str | None = None


def bound_name(line: ImportLine) -> str:
    """The name that the import gives to the script."""
    return line.alias or line.name or line.module.partition(".")[0]


def lines_of_statement(node: ast.Import | ast.ImportFrom) -> list[ImportLine]:
    """The import lines of a statement (not of a star import, nor of a relative one)."""
    if isinstance(node, ast.Import):
        return [ImportLine(alias.name, None, _alias(alias)) for alias in node.names]
    return [ImportLine(node.module or "", alias.name, _alias(alias)) for alias in node.names]


def _alias(alias: ast.alias) -> str | None:
    return alias.asname if alias.asname != alias.name else None


def resolves_to(line: ImportLine, live: Any) -> bool:
    """Whether the import, done now, would give this object; only modules that are loaded are looked at."""
    found = _resolve(line)
    if found is live:
        return True
    # A module that was loaded anew holds other objects of the same names.
    if isinstance(found, types.ModuleType) and isinstance(live, types.ModuleType):
        return found.__name__ == live.__name__
    if isinstance(found, type | types.FunctionType) and type(found) is type(live):
        return (found.__module__, found.__qualname__) == (live.__module__, live.__qualname__)
    return False


def _resolve(line: ImportLine) -> Any:
    module = sys.modules.get(line.module)
    if line.name is None:
        return module if line.alias else sys.modules.get(line.module.partition(".")[0])
    found = getattr(module, line.name, None)
    return found if found is not None else sys.modules.get(f"{line.module}.{line.name}")


def import_of(live: Any, name: str) -> ImportLine | None:
    """The import that gives a library's object under this name, by its most public path; None if there is none."""
    if isinstance(live, types.ModuleType):
        module = live.__name__
        if module in ("__main__", "__mp_main__"):
            return None
        is_top = "." not in module and module == name
        return ImportLine(module, None, None if is_top else name)
    module_name, own = getattr(live, "__module__", None), getattr(live, "__qualname__", None) or ""
    if not isinstance(module_name, str) or not isinstance(own, str) or module_name == "__main__" or "." in own:
        return None
    parts = module_name.split(".")
    for depth in range(1, len(parts) + 1):
        above = ".".join(parts[:depth])
        if own and getattr(sys.modules.get(above), own, None) is live:
            return ImportLine(above, own, name if name != own else None)
    return None


@dataclass
class Imports:
    """The imports of one script. `taken` says whether a name means something else there."""

    taken: Callable[[str, Any], bool]
    lines: set[ImportLine] = field(default_factory=set)
    future: set[str] = field(default_factory=set)
    comments: dict[ImportLine, list[str]] = field(default_factory=dict)
    trailing: dict[ImportLine, str] = field(default_factory=dict)

    def add(self, line: ImportLine) -> str:
        """Adds it, and gives the name it is bound to."""
        self.lines.add(line)
        return bound_name(line)

    def module(self, module: str) -> str:
        """A name for a module that generated code needs: `np` for numpy."""
        live = sys.modules.get(module) or importlib.import_module(module)
        for line in self.lines:
            if line.name is None and _resolve(line) is live and line.alias:
                return line.alias
        for candidate in (_ALIASES.get(module), module, f"_{module.replace('.', '_')}"):
            if candidate and not self.taken(candidate, live):
                return self.add(ImportLine(module, None, candidate if candidate != module else None))
        raise AssertionError(module)

    def attribute(self, module: str, name: str) -> str:
        """A name for a module's attribute that generated code needs: `Path`, or `_Path` where that is taken."""
        live = getattr(sys.modules.get(module) or importlib.import_module(module), name)
        for candidate in (name, f"_{name}", f"_{module.replace('.', '_')}_{name}"):
            if not self.taken(candidate, live):
                return self.add(ImportLine(module, name, candidate if candidate != name else None))
        raise AssertionError(name)

    def render(self, first_party: Iterable[str] = ()) -> list[tuple[str, ImportLine | None]]:
        """The block: sections for the future, the standard library, others, the folder's own; each line with the
        import that it stands for (the first, where several were merged)."""
        own = set(first_party)
        sections: dict[int, list[ImportLine]] = {}
        for line in self.lines:
            top = line.module.partition(".")[0]
            section = 3 if top in own else 1 if top in sys.stdlib_module_names else 2
            sections.setdefault(section, []).append(line)
        blocks: list[list[tuple[str, ImportLine | None]]] = []
        if self.future:
            blocks.append([(f"from __future__ import {', '.join(sorted(self.future))}", None)])
        blocks += [self._section(sections[number]) for number in sorted(sections)]
        rendered: list[tuple[str, ImportLine | None]] = []
        for block in blocks:
            rendered += [("", None), *block] if rendered else block
        return rendered

    def _section(self, lines: list[ImportLine]) -> list[tuple[str, ImportLine | None]]:
        found: list[tuple[str, ImportLine | None]] = []
        plain = [line for line in lines if line.name is None]
        for line in sorted(plain, key=lambda line: (line.module.lower(), line.alias or "")):
            found += [(comment, line) for comment in self.comments.get(line, [])]
            text = f"import {line.module}" + (f" as {line.alias}" if line.alias else "")
            found.append((text + self.trailing.get(line, ""), line))
        modules = sorted({line.module for line in lines if line.name is not None}, key=str.lower)
        for module in modules:
            names = sorted((line for line in lines if line.module == module and line.name), key=_by_kind)
            for line in names:
                found += [(comment, line) for comment in self.comments.get(line, [])]
            parts = [f"{line.name} as {line.alias}" if line.alias else str(line.name) for line in names]
            # One comment can stay behind its line; several go above the merged one.
            notes = [self.trailing[line] for line in names if line in self.trailing]
            if len(names) > 1:
                found += [(note.strip(), names[0]) for note in dict.fromkeys(notes)]
                notes = []
            first, *more = wrap(f"from {module} import ", parts)
            found.append((first + (notes[0] if notes else ""), names[0]))
            found += [(text, None) for text in more]
        return found


def _by_kind(line: ImportLine) -> tuple[int, str]:
    """Constants, then classes, then the rest, as isort does."""
    name = line.name or ""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name.lower()


def wrap(head: str, parts: list[str]) -> list[str]:
    """`from x import a, b` on one line, or in parentheses with a line for each."""
    line = head + ", ".join(parts)
    return [line] if len(line) <= _WIDTH else [f"{head}(", *(f"    {part}," for part in parts), ")"]
