"""Expressions as text: on one line where they fit, otherwise one element a line, as formatters write them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Group", "Item", "Node", "flat", "lay_out"]

WIDTH = 88


@dataclass(frozen=True)
class Group:
    """`opening item, item, … closing`, whose items may be groups. `prefix`es are part of the items' text."""

    opening: str
    items: tuple[Item, ...]
    closing: str
    single: bool = False
    """A tuple of one element needs its comma."""


@dataclass(frozen=True)
class Item:
    """An element: `prefix` is `key: ` or `name=`."""

    prefix: str
    node: Node


Node = str | Group


def flat(node: Node) -> str:
    """On one line."""
    if isinstance(node, str):
        return node
    inner = ", ".join(item.prefix + flat(item.node) for item in node.items)
    return f"{node.opening}{inner}{',' if node.single else ''}{node.closing}"


def lay_out(head: str, node: Node, indent: int = 0) -> list[str]:
    """The lines of `head` + expression; continuation lines are indented by `indent` + 4."""
    line = head + flat(node)
    if isinstance(node, str) or not node.items or len(line) + 1 <= WIDTH:
        return [line]
    margin = " " * (indent + 4)
    lines = [head + node.opening]
    if all(isinstance(item.node, str) and len(item.node) <= 24 and not item.prefix for item in node.items):
        lines += _filled([flat(item.node) for item in node.items], margin)
    else:
        for item in node.items:
            *inner, last = lay_out(margin + item.prefix, item.node, indent + 4)
            lines += [*inner, f"{last},"]
    return [*lines, " " * indent + node.closing]


def _filled(parts: list[str], margin: str) -> list[str]:
    """Short elements, as many a line as fit."""
    lines, current = [], margin
    for part in parts:
        if len(current) + len(part) + 1 > WIDTH and current.strip():
            lines.append(current.rstrip())
            current = margin
        current += f"{part}, "
    return [*lines, current.rstrip()]
