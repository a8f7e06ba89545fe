"""Names by scope, held against the compiler's own table on the standard library."""

from __future__ import annotations

import ast
import symtable
from pathlib import Path

import pytest

from jupyter_mlops.capture.cells.scopes import names_of

LIBRARY = Path(ast.__file__).parent
FILES = [*sorted(LIBRARY.glob("[a-d]*.py")), *sorted((LIBRARY / "asyncio").glob("*.py")), LIBRARY / "typing.py"]


def compilers_view(source: str) -> set[str]:
    """The global names that the code reads, after the compiler."""
    found: set[str] = set()
    waiting = [symtable.symtable(source, "file", "exec")]
    while waiting:
        table = waiting.pop()
        for symbol in table.get_symbols():
            is_global = table.get_type() == "module" or symbol.is_global()
            if is_global and symbol.is_referenced():
                found.add(symbol.get_name())
        waiting += table.get_children()
    return found - {"__class__"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_compiler_agrees(file: Path) -> None:
    source = file.read_text("utf-8")
    tree = ast.parse(source)
    is_lazy = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    names = names_of(tree.body, lazy_annotations=is_lazy)
    wanted = compilers_view(source)
    assert wanted <= {use.name for use in names.uses}
    # `__all__ += …` reads the name; the compiler's table counts it as a writing alone.
    assert {use.name for use in names.uses if not use.soft} <= wanted | {"__all__"}


def uses(source: str) -> dict[str, str]:
    """Name → when it is read."""
    names = names_of(ast.parse(source).body)
    return {use.name: "soft" if use.soft else "now" if use.now else "later" for use in names.uses if not use.bound}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(a=DEFAULT) -> Kind:\n    return a + LATER", {"DEFAULT": "now", "Kind": "now", "LATER": "later"}),
        ("def f(a: 'Kind'): pass", {"Kind": "soft"}),
        ("def f():\n    x: Kind = 1", {"Kind": "soft"}),
        ("class A(Base):\n    x = ONE\n    y = x\n    def f(self): return y", {"Base": "now", "ONE": "now", "y": "later"}),  # noqa: E501
        ("[a for a in ITEMS if a in KEEP]", {"ITEMS": "now", "KEEP": "now"}),
        ("f = lambda a, b=NOW: a + LATER", {"NOW": "now", "LATER": "later"}),
        ("def f():\n    global g\n    g = 1\n    return g", {"g": "later"}),
        ("def f():\n    try: pass\n    except ERROR as e: return e", {"ERROR": "later"}),
        (
            "def f(v):\n    match v:\n        case Point(x=a): return a\n        case {**rest}: return rest\n"
            "        case [*more]: return more",
            {"Point": "later"},
        ),
        ("def f():\n    if (n := READ()): return [m := n for _ in 'a'], m", {"READ": "later"}),
        ("@mark(WITH)\nasync def f():\n    async for a in SOURCE: yield a", {"mark": "now", "WITH": "now", "SOURCE": "later"}),  # noqa: E501
        ("x = 1\nx += STEP\nprint(x)", {"STEP": "now", "print": "now"}),
        ("class A:\n    __k = 1\n    def f(self): return __helper()", {"_A__helper": "later"}),
        ("def f():\n    del gone", {}),
    ],
)  # fmt: skip
def test_when_a_name_is_read(source: str, expected: dict[str, str]) -> None:
    assert uses(source) == expected


def test_attributes_after_a_name() -> None:
    assert [use.chain for use in names_of(ast.parse("np.linalg.norm(x)").body).uses] == [("linalg", "norm"), ()]


def test_what_functions_assign_by_global() -> None:
    names = names_of(ast.parse("def init():\n    global model, count\n    model = 1\n    count += 1").body)
    assert names.assigned == {"model": {"init"}}
