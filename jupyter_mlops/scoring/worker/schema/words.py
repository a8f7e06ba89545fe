"""How values and types are named to the client: `a string 'abc'`, `an integer`."""

from __future__ import annotations

from typing import Any

__all__ = ["given", "listed", "type_word"]

_WORDS = {
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    str: "a string",
    list: "an array",
    tuple: "an array",
    dict: "an object",
    type(None): "null",
    bytes: "base64 text",
    bytearray: "base64 text",
}


def type_word(kind: type) -> str:
    """`an integer` for int; the type's own name where JSON has no word for it."""
    return _WORDS.get(kind, f"a {kind.__name__}")


def given(value: Any) -> str:
    """What came, with the value where it is short."""
    word = type_word(type(value))
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"{word} of {len(value)}"
    if isinstance(value, dict):
        return f"{word} with {listed(value)}" if value else "an empty object"
    text = repr(value)
    return f"{word} {text if len(text) <= 40 else text[:37] + '…'}"


def listed(names: Any, most: int = 10) -> str:
    """`'a', 'b', 'c' and 7 more`."""
    every = [repr(name) for name in names]
    if len(every) <= most:
        return ", ".join(every)
    return f"{', '.join(every[:most])} and {len(every) - most} more"
