"""Source code with the colours of the notebook's editor."""

from __future__ import annotations

import json
from typing import Any

from jupyter_mlops.views.look import Cell, preformatted
from jupyter_mlops.views.markup import Markup, el, join

__all__ = ["json_source", "source"]

#: Pygments' kinds of token (by prefix, the first that fits) and the six classes of our style.
_CLASSES = (
    ("Token.Comment", "c"),
    ("Token.Literal.String", "s"),
    ("Token.Literal.Number", "m"),
    ("Token.Keyword", "k"),
    ("Token.Operator.Word", "k"),
    ("Token.Name.Function", "f"),
    ("Token.Name.Class", "f"),
    ("Token.Name.Decorator", "d"),
    ("Token.Name.Tag", "f"),
)


def source(text: str, language: str = "python") -> Cell:
    """The text as code; `language` is one of Pygments' names."""
    return preformatted(text, rich=_coloured(text, language), cls="jmo-src")


def json_source(value: Any, width: int = 88) -> Cell:
    """A JSON value as code: what fits in a line stays in one."""
    return source(_laid_out(value, width, 0), "json")


def _laid_out(value: Any, width: int, indent: int) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= width or not isinstance(value, (dict, list)) or not value:
        return flat
    inner, pad = indent + 2, " " * (indent + 2)
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(item, width, inner)}" for key, item in value.items()
        ]
        return "{\n" + ",\n".join(pad + part for part in parts) + "\n" + " " * indent + "}"
    parts = [_laid_out(item, width, inner) for item in value]
    return "[\n" + ",\n".join(pad + part for part in parts) + "\n" + " " * indent + "]"


def _coloured(text: str, language: str) -> Markup:
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    return join(*(_span(str(kind), value) for kind, value in lexer.get_tokens(text)))


def _span(kind: str, value: str) -> Markup:
    cls = next((cls for prefix, cls in _CLASSES if kind.startswith(prefix)), None)
    return el("span", value, cls=cls) if cls else join(value)
