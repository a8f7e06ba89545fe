"""How an answer differs from what was declared, by the kinds of its values. Purely computational."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = ["Difference", "against_sample", "against_schema", "declares"]

_TOLERANCE = 1e-6
_LOOKED_AT = 1000
"""Items of one array that are compared; the others are like them, or the sample is larger than a sample is."""


class Difference(NamedTuple):
    """One place where an answer is not as declared; `is_failure` is False where only a number is another."""

    text: str
    is_failure: bool
    hint: str | None = None


def against_sample(value: Any, sample: Any) -> list[Difference]:
    """Compare with an example of the answer: kinds at every level, keys, lengths of rows.

    The number of rows must be the same: the sample output is the answer to the sample input. A string that holds
    JSON is compared by what it holds. The first failure ends the list; at most one difference of numbers is told.
    """
    found: list[Difference] = []
    for difference in _differences(value, sample, "answer"):
        if difference.is_failure:
            return [*found, difference]
        if not found:
            found.append(difference)
    return found


def _differences(value: Any, sample: Any, at: str) -> Iterator[Difference]:
    if _kind(value) != _kind(sample):
        if sample is None or value is None or _both_numbers(value, sample):
            yield Difference(f"{at} is {_shown(value)}, the sample has {_shown(sample)}", is_failure=False)
            return
        yield _other_kind(value, sample, at)
    elif isinstance(sample, dict):
        yield from _in_objects(value, sample, at)
    elif isinstance(sample, list):
        yield from _in_arrays(value, sample, at)
    elif isinstance(sample, str):
        yield from _in_strings(value, sample, at)
    elif isinstance(sample, int | float) and not _close(value, sample):
        yield Difference(f"{at} is {_shown(value)}, the sample has {_shown(sample)}", is_failure=False)


def _in_objects(value: dict[str, Any], sample: dict[str, Any], at: str) -> Iterator[Difference]:
    missing, surplus = sorted(sample.keys() - value.keys()), sorted(value.keys() - sample.keys())
    if missing or surplus:
        lacks = f"lacks {', '.join(map(repr, missing))}" if missing else ""
        has = f"has {', '.join(map(repr, surplus))}" if surplus else ""
        yield Difference(f"{at} {' and '.join(part for part in (lacks, has) if part)}", is_failure=True)
        return
    for key, wanted in sample.items():
        yield from _differences(value[key], wanted, f"{at}[{key!r}]")


def _in_arrays(value: list[Any], sample: list[Any], at: str) -> Iterator[Difference]:
    if len(value) != len(sample):
        yield Difference(f"{at} has {len(value)} items, the sample {len(sample)}", is_failure=True)
        return
    for number, (got, wanted) in enumerate(zip(value[:_LOOKED_AT], sample[:_LOOKED_AT], strict=True)):
        yield from _differences(got, wanted, f"{at}[{number}]")


def _in_strings(value: str, sample: str, at: str) -> Iterator[Difference]:
    """`return json.dumps(…)`: an error that the script caught is a string as well."""
    wanted = _held(sample)
    if wanted is None:
        return  # words may be others
    got = _held(value)
    if got is None:
        yield Difference(f"{at} is the string {_shown(value)}, the sample is a string that holds JSON", is_failure=True)
    else:
        yield from _differences(got, wanted, f"json.loads({at})")


def _held(text: str) -> Any:
    """The array or object that a string holds, else None."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict | list) else None


def _other_kind(value: Any, sample: Any, at: str) -> Difference:
    hint = None
    if isinstance(value, str):
        held = _held(value)
        if held is not None and _kind(held) == _kind(sample):
            hint = "return the object itself, without json.dumps: the server encodes it"
        else:
            hint = "an error that run() catches and returns looks like an answer: let it raise"
    return Difference(f"{at} is {_named(value)}, the sample has {_named(sample)}", is_failure=True, hint=hint)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    if value is None:
        return "null"
    return "array" if isinstance(value, list) else "object"


def _both_numbers(value: Any, sample: Any) -> bool:
    """True and 1 are the same to many encoders of labels."""
    return isinstance(value, bool | int | float) and isinstance(sample, bool | int | float)


def _close(value: float, sample: float) -> bool:
    if math.isnan(value) or math.isnan(sample):
        return math.isnan(value) and math.isnan(sample)
    return math.isclose(value, sample, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _named(value: Any) -> str:
    kind = _kind(value)
    if kind == "null" or kind == "true or false":
        return kind
    article = "an" if kind[0] in "ao" else "a"
    return f"{article} {kind} ({_shown(value)})" if kind in ("string", "number") else f"{article} {kind}"


_SCHEMA_KINDS = {
    "string": ("string",),
    "number": ("number",),
    "integer": ("number",),
    "boolean": ("true or false",),
    "array": ("array",),
    "object": ("object",),
}


def declares(schema: dict[str, Any] | None) -> bool:
    """Whether a schema says anything: that of a script without a declaration is `{"type": "object"}` alone."""
    return schema is not None and not (schema.get("type") == "object" and "properties" not in schema)


def against_schema(value: Any, schema: dict[str, Any], at: str = "answer") -> list[Difference]:
    """Compare with the schema (OpenAPI) that the script declared with `output_schema`: kinds at every level."""
    return list(_against(value, schema, at))[:1] if declares(schema) else []


def _against(value: Any, schema: dict[str, Any], at: str) -> Iterator[Difference]:
    kinds = _SCHEMA_KINDS.get(str(schema.get("type")))
    if value is None or kinds is None:
        return
    if _kind(value) not in kinds and not (schema["type"] in ("number", "integer") and isinstance(value, bool)):
        example = {"string": "", "number": 0, "integer": 0, "boolean": False, "array": [], "object": {}}
        wanted = example[str(schema["type"])]
        hint = _other_kind(value, wanted, at).hint
        yield Difference(f"{at} is {_named(value)}, declared was {schema['type']}", is_failure=True, hint=hint)
        return
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for number, item in enumerate(value[:_LOOKED_AT]):
            yield from _against(item, schema["items"], f"{at}[{number}]")
    if isinstance(value, dict):
        for key, inner in (schema.get("properties") or {}).items():
            if key in value:
                yield from _against(value[key], inner, f"{at}[{key!r}]")
