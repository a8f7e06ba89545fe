"""Cross-origin answers: by list, or for everybody by `*`."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["allow_lines", "preflight_lines"]


def allow_lines(origins: Sequence[str], origin: str | None) -> str:
    """The lines that let a page of `origin` read the answer; empty when it may not."""
    if not origins:
        return ""
    everybody = "*" in origins
    if not origin:
        allowed = "*" if everybody else sorted(origins)[0]
    elif everybody or origin in origins:
        allowed = origin
    else:
        return ""
    vary = "" if allowed == "*" else "Vary: Origin\r\n"
    return f"Access-Control-Allow-Origin: {allowed}\r\n{vary}"


def preflight_lines(origins: Sequence[str], origin: str | None, asked_fields: str | None) -> str:
    """The answer to a browser that asks before it sends."""
    lines = allow_lines(origins, origin)
    if not lines or not origin:
        return lines
    if asked_fields:
        names = ", ".join(sorted(name.strip().lower() for name in asked_fields.split(",") if name.strip()))
        lines += f"Access-Control-Allow-Headers: {names}\r\n"
    return lines + "Access-Control-Allow-Methods: GET, POST\r\n"
