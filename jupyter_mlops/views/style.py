"""The one look of everything: a small block of CSS (`style.css`), scoped to `.jmo`.

Colours are JupyterLab's own variables, then VS Code's, then values that can be read on white and on black: the
same output is right in light and dark themes, in VS Code and in a static export. Where a site strips styles
(GitHub), tables, `<b>`, `<code>` and `<details>` still carry the meaning.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from jupyter_mlops.views.markup import Markup, el

__all__ = ["css", "framed"]


@cache
def css() -> Markup:
    """The style without its line breaks, as it goes into every output (about 4 kB)."""
    text = files("jupyter_mlops.views").joinpath("style.css").read_text("utf-8")
    return Markup(re.sub(r"\s*([{};,:>])\s+", r"\1", re.sub(r"\s+", " ", text)).strip())


def framed(*children: str | None, key: str | None = None) -> Markup:
    """What goes into an output: the children, with the style that they need. Widgets find it by its `key`."""
    return el("div", el("style", css()), *children, cls="jmo", data_jmo=key)
