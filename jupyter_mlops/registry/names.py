"""What a model, an image, a service, a tag may be called; and what a person may have meant.

The rules are those of Azure ML v1 (names of services, models and images in its reference).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from jupyter_mlops.errors import InvalidNameError, NotFoundError, UsageError

__all__ = [
    "check_experiment_name",
    "check_image_name",
    "check_model_name",
    "check_script_name",
    "check_service_name",
    "check_target_name",
    "not_found",
    "split_id",
]

_ASSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-._]{0,254}", re.ASCII)
_ASSET_RULE = "1 to 255 letters, digits, '-', '.' or '_', the first a letter or a digit"
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_SERVICE_RULE = "3 to 32 small letters, digits or '-', the first a letter, the last no '-'"


def check_model_name(name: str) -> str:
    """The name. Raises `InvalidNameError` with the rule."""
    return _check_asset("model", name)


def check_image_name(name: str) -> str:
    """The name. Raises `InvalidNameError` with the rule."""
    return _check_asset("image", name)


def check_script_name(name: str) -> str:
    """The name. Raises `InvalidNameError` with the rule."""
    return _check_asset("script", name)


def check_environment_name(name: str) -> str:
    """The name. Raises `InvalidNameError` with the rule."""
    return _check_asset("environment", name)


def check_experiment_name(name: str) -> str:
    """The name. Raises `InvalidNameError` with the rule."""
    return _check_asset("experiment", name)


def check_target_name(name: str) -> str:
    """The name. Raises `InvalidNameError` with the rule."""
    return _check_asset("target", name)


def check_service_name(name: str) -> str:
    """The name. Raises `InvalidNameError` with the rule."""
    if not (3 <= len(str(name)) <= 32 and _matches(_SERVICE, name)):
        proposal = re.sub(r"[^a-z0-9]+", "-", str(name).lower()).strip("-0123456789")[:32].strip("-")
        fits = len(proposal) >= 3
        raise InvalidNameError(
            f"{name!r} is no name for a service: {_SERVICE_RULE}", hint=f"{proposal!r} would do" if fits else None
        )
    return name


def split_id(name: str, version: int | None = None) -> tuple[str, int | None]:
    """`N:3` as `("N", 3)`; a plain name as it is.

    Raises `UsageError` for a version that is no number above 0, or that contradicts the one in the name.
    """
    plain, colon, text = name.partition(":")
    if not colon:
        return name, version
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise UsageError(f"{name!r} is no name:version", hint=f"for example {plain}:1")
    if version is not None and version != int(text):
        raise UsageError(f"{name!r} and version {version} contradict each other")
    return plain, int(text)


def not_found(kind: str, name: str, known: Iterable[str], *, hint: str | None = None) -> NotFoundError:
    """The error for a name that is not there; the hint names near ones, or all when they are few."""
    names = list(known)
    near = difflib.get_close_matches(name, names, 3, 0.6)
    near += [other for other in names if name.lower() in other.lower() and other not in near][: 3 - len(near)]
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    elif 0 < len(names) <= 5:
        hint = f"there is {', '.join(names)}"
    elif not names:
        hint = f"there is no {kind} yet" + (f"; {hint}" if hint else "")
    return NotFoundError(f"no {kind} named {name!r}", hint=hint)


def no_version(kind: str, name: str, version: int, known: Iterable[int]) -> NotFoundError:
    """The error for a version that is not there; the hint names those that are."""
    there = sorted(known)
    shown = ", ".join(map(str, there[-8:]))
    return NotFoundError(
        f"no version {version} of the {kind} {name!r}",
        hint=f"there {'is' if len(there) == 1 else 'are'} {'…, ' if len(there) > 8 else ''}{shown}" if there else None,
    )


def _check_asset(kind: str, name: str) -> str:
    if not _matches(_ASSET, name):
        proposal = re.sub(r"[^A-Za-z0-9\-._]+", "-", str(name)).strip("-._")[:255]
        article = "an" if kind[0] in "aeiou" else "a"
        raise InvalidNameError(
            f"{name!r} is no name for {article} {kind}: {_ASSET_RULE}",
            hint=f"{proposal!r} would do" if proposal else None,
        )
    return name


def _matches(rule: re.Pattern[str], name: Any) -> bool:
    return isinstance(name, str) and rule.fullmatch(name) is not None
