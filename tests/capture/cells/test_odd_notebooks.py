# ruff: noqa: E501  # a notebook a line
"""Notebooks as people write them: what is captured answers in a clean process as it does in the notebook."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from jupyter_mlops.errors import CaptureError

if TYPE_CHECKING:
    from tests.capture.cells.conftest import Notebook

RUN = "def run(x):\n    return use(x)\n"

NOTEBOOKS: dict[str, list[str]] = {
    "a function of another cell": ["def use(x):\n    return x + 1"],
    "a function that uses a function and a constant": [
        "K = 3",
        "def helper(x):\n    return x * K",
        "def use(x):\n    return helper(x) + 1",
    ],
    "a global that was defined later": ["def use(x):\n    return x + LATER", "LATER = 4"],
    "recursion": ["def use(n):\n    return 1 if n < 2 else n * use(n - 1)"],
    "mutual recursion": [
        "def even(n):\n    return True if n == 0 else odd(n - 1)",
        "def odd(n):\n    return False if n == 0 else even(n - 1)",
        "def use(n):\n    return even(n)",
    ],
    "a redefinition": ["def use(x):\n    return 0", "def use(x):\n    return x + 100"],
    "a name that was something else before": ["use = 5", "import math as use", "def use(x):\n    return x - 1"],
    "shadowed in the function": ["x = 5\nfactor = 100", "def use(x):\n    factor = 2\n    return x * factor"],
    "shadowing of a built-in": ["def sum(values):\n    return 42", "def use(x):\n    return sum([x])"],
    "a comprehension's own names": ["n = 100\nitems = [1, 2, 3]", "def use(x):\n    return [n * x for n in items] + [n]"],
    "a class body and its comprehension": [
        "SIZES = [1, 2]",
        "class Table:\n    rows = [size * 2 for size in SIZES]\n    first = rows[0]\n\n    def total(self):\n"
        "        return sum(self.rows) + self.first",
        "def use(x):\n    return Table().total() + x",
    ],
    "a class that inherits from another cell's": [
        "class Base:\n    step = 2\n    def go(self, x):\n        return x + self.step",
        "class Child(Base):\n    def go(self, x):\n        return super().go(x) * 10",
        "def use(x):\n    return Child().go(x)",
    ],
    "a chain of classes written backwards": [
        "class A:\n    def go(self, x):\n        return make(x)",
        "def make(x):\n    return B(x).value",
        "class B:\n    def __init__(self, value):\n        self.value = value",
        "def use(x):\n    return A().go(x)",
    ],
    "functools.cache": ["import functools", "@functools.cache\ndef use(x):\n    return x * 2"],
    "a decorator of the notebook": [
        "import functools",
        "def twice(function):\n    @functools.wraps(function)\n    def inner(*args):\n        return function(*args) * FACTOR"
        "\n    return inner",
        "FACTOR = 2",
        "@twice\ndef use(x):\n    return x + 1",
    ],
    "a decorator without wraps": [
        "def plus(n):\n    def make(function):\n        def inner(x):\n            return function(x) + n\n        return inner"
        "\n    return make",
        "@plus(5)\n@plus(6)\ndef use(x):\n    return x",
    ],
    "a decorator that is a class": [
        "class Counted:\n    def __init__(self, function):\n        self.function = function\n        self.calls = 0\n"
        "    def __call__(self, x):\n        self.calls += 1\n        return self.function(x)",
        "@Counted\ndef use(x):\n    return x + 7",
        "use(1); None",
    ],
    "applied by hand": ["from functools import lru_cache", "def use(x):\n    return x + 2", "use = lru_cache(use)"],
    "a numba-like dispatcher": [
        "class Dispatcher:\n    def __init__(self, py_func):\n        self.py_func = py_func\n"
        "    def __call__(self, *args):\n        return self.py_func(*args)",
        "def njit(**options):\n    return lambda function: Dispatcher(function)",
        "@njit(parallel=True)\ndef use(x):\n    return x * 3",
    ],
    "a partial": ["from functools import partial", "def power(base, exponent):\n    return base**exponent",
                  "use = partial(power, exponent=3)"],
    "a lambda": ["K = 2", "use = lambda x: x + K"],
    "two lambdas on a line": ["first, use = (lambda x: x - 1), (lambda x: first(x) * 2)"],
    "lambdas in a constant": ["def plain(x):\n    return x", "TABLE = {'a': lambda x: x + 1, 'b': plain}",
                              "def use(x):\n    return TABLE['a'](x) + TABLE['b'](x)"],
    "functions in a constant": ["import math", "def plain(x):\n    return x", "TABLE = [plain, math.sqrt, abs, len]",
                                "def use(x):\n    return [f(x) for f in TABLE[:3]]"],
    "a closure": ["def adder(n):\n    def add(x):\n        return x + n\n    return add", "use = adder(5)"],
    "a star import": ["from math import *", "def use(x):\n    return sqrt(x) + floor(x + 0.5) + pi"],
    "an import alias": ["import math as m\nfrom math import sqrt as root", "def use(x):\n    return m.floor(root(x))"],
    "an attribute's own name": ["import math\nroot = math.sqrt", "def use(x):\n    return root(x)"],
    "an import in a try": ["try:\n    import nothing_there as fast\nexcept ImportError:\n    import math as fast",
                           "def use(x):\n    return fast.sqrt(x)"],
    "a function in a branch": ["import sys\nif sys.version_info > (3,):\n    def use(x):\n        return x + 1\nelse:\n"
                               "    def use(x):\n        return x - 1"],
    "a submodule that another cell imported": ["import concurrent.futures", "import concurrent",
                                               "def use(x):\n    return concurrent.futures.Future.__name__ + str(x)"],
    "dataclasses": ["from dataclasses import dataclass, field",
                    "@dataclass\nclass Limits:\n    low: float = 0.0\n    names: list = field(default_factory=list)",
                    "limits = Limits(1.5, ['a'])", "def use(x):\n    return [x > limits.low, limits.names, str(limits)]"],
    "future annotations": ["from __future__ import annotations\nfrom dataclasses import dataclass",
                           "@dataclass\nclass Node:\n    value: int\n    next: Node | None = None",
                           "def use(x: Unknown) -> Missing:\n    return Node(x, Node(1)).next.value"],
    "type hints": ["from typing import Optional, List", "Vector = List[float]\nPair = tuple[int, int]",
                   "def use(x: Optional[int], y: Vector = None) -> Pair:\n    return x, 1"],
    "enums": ["import enum", "class Colour(enum.Enum):\n    RED = 1\n    BLUE = 2", "favourite = Colour.BLUE",
              "def use(x):\n    return [favourite.name, Colour(x % 2 + 1).name, favourite is Colour.BLUE]"],
    "an enum by a call": ["from enum import Enum", "Colour = Enum('Colour', 'RED BLUE')",
                          "def use(x):\n    return Colour.BLUE.value + x"],
    "named tuples": ["from collections import namedtuple\nfrom typing import NamedTuple", "Point = namedtuple('Point', 'x y')",
                     "class Size(NamedTuple):\n    w: int\n    h: int = 2", "origin = Point(0, 1); size = Size(3)",
                     "def use(x):\n    return [origin.y, size.h, Point(x, x).x, str(size)]"],
    "a method put in later": ["class Model:\n    def score(self, x):\n        return 0",
                              "def better(self, x):\n    return x * LIMIT", "LIMIT = 9", "Model.score = better",
                              "def use(x):\n    return Model().score(x)"],
    "a class grown from cell to cell": [
        "class Model:\n    def low(self):\n        return 1", "class Model(Model):\n    def high(self):\n        return self.low() + 1",
        "class Model(Model):\n    def use(self, x):\n        return self.low() + self.high() + x",
        "def use(x):\n    return Model().use(x)"],
    "an attribute of a function": ["def use(x):\n    return x + use.step", "use.step = 3"],
    "a module's attribute changed": ["import math", "math.tau_of_ours = 12", "def use(x):\n    return x + math.tau_of_ours"],
    "a constant changed in place": ["names = ['a']", "names.append('b')", "def use(x):\n    return names * x"],
    "two names for one list": ["a = []\nb = a", "def use(x):\n    a.append(x)\n    return list(b)"],
    "an augmented constant": ["n = 1", "n += 4", "def use(x):\n    return x + n"],
    "tuple assignment": ["low, (high, *rest) = 1, (2, 3, 4)", "def use(x):\n    return [low, high, rest, x]"],
    "left over from a loop": ["for last in range(5):\n    pass", "def use(x):\n    return last + x"],
    "a walrus": ["values = [y := 4, y * 2]", "def use(x):\n    return y + (z := x) + z"],
    "match and except": ["class Failed(Exception):\n    pass",
                         "def use(x):\n    match x:\n        case 1:\n            return 'one'\n        case [a, *rest]:\n"
                         "            return rest\n        case {'k': value, **others}:\n            return value\n    try:\n"
                         "        raise Failed(x)\n    except Failed as error:\n        return str(error)"],
    "global and nonlocal": ["count = 10",
                            "def use(x):\n    global count\n    count += x\n    total = 0\n    def inner():\n"
                            "        nonlocal total\n        total += count\n    inner()\n    return total"],
    "a default taken from another cell": ["STEP = 3", "def use(x, step=STEP, *, extra=[STEP]):\n    return x + step + extra[0]"],
    "an object of a class of the notebook": [
        "class Scale:\n    def __init__(self, factor):\n        print('made')\n        self.factor = factor",
        "scale = Scale(3)", "scale.factor = 4", "def use(x):\n    return x * scale.factor"],
    "async and generators": ["import asyncio", "async def slow(x):\n    return x + 1",
                             "def numbers(n):\n    yield from range(n)",
                             "def use(x):\n    return [asyncio.run(slow(x)), *numbers(2)]"],
    "a context manager and a static method": [
        "from contextlib import contextmanager", "@contextmanager\ndef scope():\n    yield 5",
        "class Tools:\n    @staticmethod\n    def add(a, b):\n        return a + b\n    @property\n    def one(self):\n        return 1",
        "def use(x):\n    with scope() as n:\n        return Tools.add(n, x) + Tools().one"],
    "a registry": ["REGISTRY = {}", "def register(function):\n    REGISTRY[function.__name__] = function\n    return function",
                   "@register\ndef plus(x):\n    return x + 1", "@register\ndef minus(x):\n    return x - 1",
                   "def use(x):\n    return [REGISTRY[name](x) for name in sorted(REGISTRY)]"],
    "an abstract class and slots": [
        "import abc", "class Shape(abc.ABC):\n    __slots__ = ('side',)\n    @abc.abstractmethod\n    def area(self): ...",
        "class Square(Shape):\n    def __init__(self, side):\n        self.side = side\n    def area(self):\n        return self.side ** 2",
        "def use(x):\n    return Square(x).area()"],
    "private names in a class": ["class Safe:\n    __secret_step = 2\n    def go(self, x):\n        return x + self.__secret_step",
                                 "def use(x):\n    return Safe().go(x)"],
    "a timed cell": ["%%time\ndef use(x):\n    return x + 3"],
    "a cell with magics": ["import math\n%alias_magic t timeit\ndef use(x):\n    return x + 3"],
    "standard values": [
        "import datetime, decimal, re, uuid, pathlib, fractions, collections",
        "day = datetime.date(2026, 1, 2); moment = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)\n"
        "price = decimal.Decimal('1.10'); word = re.compile(r'\\d+', re.I | re.M); half = fractions.Fraction(1, 2)\n"
        "counts = collections.Counter('hello'); groups = collections.defaultdict(list, a=[1]); place = pathlib.Path('/a/b')\n"
        "gap = datetime.timedelta(hours=5); queue = collections.deque([1, 2], maxlen=3); missing = float('nan')\n"
        "odd = {1: (2,), (3, 4): {5}, None: frozenset({6}), 'x': b'y', 2j: ...}",
        "def use(x):\n    return [str(v) for v in (day, moment, price, word.flags, word.pattern, half, counts, dict(groups),"
        " groups.default_factory, place, gap, queue, missing, odd)]"],
}  # fmt: skip


@pytest.mark.parametrize("cells", NOTEBOOKS.values(), ids=NOTEBOOKS.keys())
def test_the_script_answers_as_the_notebook_does(notebook: Notebook, cells: list[str]) -> None:
    notebook.cells(*cells)
    notebook.agrees(RUN, [4], [1])


@pytest.mark.parametrize("cells", [*NOTEBOOKS.values()][:12], ids=[*NOTEBOOKS.keys()][:12])
def test_so_does_one_captured_without_a_history(notebook: Notebook, cells: list[str]) -> None:
    notebook.cells(*cells)
    notebook.agrees(RUN, [4], history=False)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is of Python 3.12")
def test_type_parameters(notebook: Notebook) -> None:
    notebook.cells("type Vector[T] = list[T]", "def first[T](values: Vector[T]) -> T:\n    return values[0]",
                   "class Box[T]:\n    def __init__(self, value: T):\n        self.value = value",
                   "def use(x):\n    return first([Box(x).value])")  # fmt: skip
    notebook.agrees(RUN, [4])


def test_a_failed_cell_defines_nothing(notebook: Notebook) -> None:
    notebook.cells("LIMIT = 1", "def use(x):\n    return x + LIMIT")
    notebook.failing_cell("1 / 0\nLIMIT = 100\ndef use(x):\n    return 0")
    notebook.agrees(RUN, [4])


@pytest.mark.parametrize(
    "cells",
    [
        ["N = 1", "def use(x, n=N):\n    return x + n", "N = 2"],
        [
            "class Base:\n    k = 1",
            "class Child(Base):\n    pass",
            "class Base:\n    k = 2",
            "def use(x):\n    return Child.k",
        ],
        ["def make(n):\n    return lambda x: x + n", "N = 1", "use = make(N)", "N = 2"],
        [
            "def mark(f):\n    return lambda x: f(x) + 1",
            "@mark\ndef use(x):\n    return x",
            "def mark(f):\n    return f",
        ],
    ],
    ids=["default", "base", "closure", "decorator"],
)
def test_what_was_redefined_since_is_refused_with_its_cure(notebook: Notebook, cells: list[str]) -> None:
    notebook.cells(*cells)
    with pytest.raises(CaptureError, match="Run this cell again"):
        notebook.capture(RUN)


def test_a_cell_run_twice_is_no_redefinition(notebook: Notebook) -> None:
    mark, use = "def mark(f):\n    return lambda x: f(x) + 1", "@mark\ndef use(x, n=abs):\n    return n(x)"
    notebook.cells(mark, use, mark, "import math", "import math")
    notebook.agrees(RUN, [4])
