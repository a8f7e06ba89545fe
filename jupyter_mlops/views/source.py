"""Source code with the colours of the notebook's editor."""

from __future__ import annotations

from jupyter_mlops.views.look import Cell, preformatted
from jupyter_mlops.views.markup import Markup, el, join

__all__ = ["source"]

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


def _coloured(text: str, language: str) -> Markup:
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    return join(*(_span(str(kind), value) for kind, value in lexer.get_tokens(text)))


def _span(kind: str, value: str) -> Markup:
    cls = next((cls for prefix, cls in _CLASSES if kind.startswith(prefix)), None)
    return el("span", value, cls=cls) if cls else join(value)
