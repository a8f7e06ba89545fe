"""A deployment's options held to the target's own schema, a third party's too, before anything is begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import MlopsError, ServiceError, UsageError
from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.serverextension.asked import Asked
from jupyter_mlops.serverextension.targets import capabilities, explained, find

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

__all__ = ["check"]

_WHERE = "body.options"
_NAMES = frozenset(option.name for option in fields(ServiceOptions))


def check(asked: Asked, target: str | None, *, changes: bool = False) -> None:
    """Raise `UsageError` naming the option that the target does not take so; `changes`: what is not given stays.

    A target that this server lacks is asked by the kernel's Python, where the deployment is begun. An option that
    others have and this one has not is refused there too, with the target's advice.
    """
    given = {key: value for key, value in (asked.body.get("options") or {}).items() if value is not None}
    known = find(asked.workspace, target)
    if not given or known is None:
        return
    try:
        schema = explained(capabilities(asked.workspace, known).schema)
    except MlopsError:  # a package to install, a cluster that is away: told by what needs it
        return
    if changes:
        schema.pop("required", None)
    properties = schema.get("properties", {})
    _refuse_unknown(known.name, set(given) - set(properties) - _NAMES, properties)
    # What it has not got is refused with advice by the target itself.
    _complain(known.name, schema, {key: value for key, value in given.items() if key in properties})


def _refuse_unknown(target: str, names: set[str], properties: Mapping[str, Any]) -> None:
    if names:
        first = min(names)
        raise UsageError(
            f"the target {target!r} has no option {first!r}",
            where=f"{_WHERE}.{first}", hint=f"its options: {', '.join(sorted(properties))}",
        )  # fmt: skip


def _complain(target: str, schema: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    from jsonschema.exceptions import SchemaError, best_match

    try:
        error = best_match(_validator(schema).iter_errors(dict(options)))
    except SchemaError as wrong:
        raise ServiceError(
            f"the target {target!r} has options whose schema is none: {wrong.message}", hint="tell who made the target"
        ) from None
    if error is not None:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
        raise UsageError(_said(error), where=f"{_WHERE}{place}", hint=_wanted(target, schema, error.absolute_path))


def _said(error: ValidationError) -> str:
    """What is wrong, as a person says it who has not read the schema."""
    if error.validator != "type":
        return str(error.message)
    kinds = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
    return f"{error.instance!r} is no {' or '.join(kind for kind in kinds if kind != 'null')}"


def _wanted(target: str, schema: Mapping[str, Any], path: Sequence[Any]) -> str:
    """What the target says of the option."""
    option = schema.get("properties", {}).get(path[0], {}) if path else {}
    return str(option.get("description") or f"GET /targets has the form of {target!r}")


def _validator(schema: Mapping[str, Any]) -> Validator:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    kind = validator_for(dict(schema), default=Draft202012Validator)
    kind.check_schema(dict(schema))
    return kind(dict(schema))
