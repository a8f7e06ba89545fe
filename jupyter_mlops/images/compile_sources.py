"""Bytecode of source files; run by path in the Python that is to load it, and imports nothing of ours.

Reads lines of JSON `[source, bytecode, name]`: the file to compile, where its bytecode goes, and the path that
tracebacks show. A file that does not compile (another Python's syntax) gets none, as with `compileall`.

The same source gives the same bytes, in whatever order and company: `marshal` marks an object that may be referred to
again by its reference count, which depends on what else the interpreter holds, so that all of them are held here; and
strings that are interned, as the ones of one character are by whoever comes first, so that all of these are.
https://docs.python.org/3/library/marshal.html; the file format: PEP 552, unchecked hash.
"""

from __future__ import annotations

import importlib.util
import json
import marshal
import sys
import warnings
from pathlib import Path
from types import CodeType

_UNCHECKED_HASH = (1).to_bytes(4, "little")
_INTERNED = [sys.intern(chr(number)) for number in range(256)]


def bytecode(source: bytes, name: str) -> bytes:
    """The content of a `.pyc` file. Raises what `compile` raises."""
    held: list[object] = []
    code = _compiled(source, name, held)
    if any(isinstance(thing, frozenset) for thing in held):
        # A set of strings is one object in all its places, or a new one in each when somebody has the strings interned
        # already. Now everybody has: us.
        code = _compiled(source, name, held)
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(source)
    return header + marshal.dumps(code)


def _compiled(source: bytes, name: str, held: list[object]) -> CodeType:
    code: CodeType = compile(source, name, "exec", dont_inherit=True, optimize=0)
    _hold(code, held)
    return code


def _hold(thing: object, held: list[object]) -> None:
    """One more reference to all that a code object is made of."""
    held.append(thing)
    if isinstance(thing, CodeType):
        parts = (
            *(thing.co_filename, thing.co_name, getattr(thing, "co_qualname", ""), thing.co_names, thing.co_consts),
            *(thing.co_varnames, thing.co_freevars, thing.co_cellvars),
            *(getattr(thing, "co_linetable", b""), getattr(thing, "co_exceptiontable", b"")),
        )
        for part in parts:
            _hold(part, held)
    elif isinstance(thing, (tuple, frozenset)):
        for part in thing:
            _hold(part, held)


def main() -> None:
    warnings.simplefilter("ignore")  # of other people's sources
    for line in sys.stdin:
        source, target, name = json.loads(line)
        try:
            made = bytecode(Path(source).read_bytes(), name)
        except (SyntaxError, ValueError, RecursionError):
            continue
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        Path(target).write_bytes(made)


if __name__ == "__main__":
    main()
