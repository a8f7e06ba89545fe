"""HTML that cannot be injected into: every text is escaped unless it was made here."""

from __future__ import annotations

from html import escape

__all__ = ["Markup", "el", "join"]

_VOID = frozenset({"br", "hr", "img", "input", "line", "rect", "circle", "polyline", "path"})


class Markup(str):
    """HTML that is safe as it stands. Made by `el` and `join` alone."""

    __slots__ = ()


def join(*children: str | None, by: str = "") -> Markup:
    """The children one after another, plain text among them escaped, None left out."""
    return Markup(by.join(_safe(child) for child in children if child is not None))


def el(name: str, *children: str | None, cls: str | None = None, **attributes: str | float | bool | None) -> Markup:
    """One element. `cls` is its class; `_` in an attribute's name is written `-`; True is a bare attribute.

    None and False attributes, and None children, are left out.
    """
    if cls:
        attributes = {"class": cls, **attributes}
    head = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    if name in _VOID and not children:
        return Markup(f"<{name}{head}/>")
    return Markup(f"<{name}{head}>{join(*children)}</{name}>")


def _safe(child: str) -> str:
    return child if isinstance(child, Markup) else escape(child, quote=False)


def _attribute(name: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    said = name if value is True else str(value)  # `open="open"` is HTML and XML both
    return f' {name}="{escape(said)}"'
