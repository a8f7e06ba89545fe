"""From the body of a request, its schema and the model's signature to a form. Pure.

A body is a JSON object. One of its values may be rows (lists of plain values, or objects): they become a table of
inputs, the other values stay as they are. Without rows each value becomes an input.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from jupyter_mlops.records import ColumnSpec, Signature

__all__ = ["Fields", "Form", "FormColumn", "Rows", "form_of"]

_MOST_INPUTS = 600
"""A form with more is slower to fill in than JSON is to write."""

CellKind: TypeAlias = Literal["number", "boolean", "text", "json"]


@dataclass(frozen=True)
class FormColumn:
    """One input: `choices` are all that it may be (empty: anything), `hint` says its type."""

    name: str
    kind: CellKind
    choices: Sequence[str] = ()
    hint: str = ""

    def spec(self) -> dict[str, Any]:
        return {"name": self.name, "kind": self.kind, "choices": list(self.choices), "hint": self.hint}


@dataclass(frozen=True)
class Rows:
    """Rows of columns under a parameter of the body; `keyed`: each row is an object. `rest`: the other parameters."""

    parameter: str
    keyed: bool
    columns: Sequence[FormColumn]
    rows: Sequence[Sequence[Any]]
    rest: Mapping[str, Any] = field(default_factory=dict)

    def spec(self) -> dict[str, Any]:
        """As JSON, for the front end."""
        return {
            "kind": "rows",
            "parameter": self.parameter,
            "keyed": self.keyed,
            "columns": [column.spec() for column in self.columns],
            "rows": [list(row) for row in self.rows],
            "rest": dict(self.rest),
        }


@dataclass(frozen=True)
class Fields:
    """One value for each parameter of the body."""

    columns: Sequence[FormColumn]
    values: Sequence[Any]

    def spec(self) -> dict[str, Any]:
        """As JSON, for the front end."""
        return {"kind": "fields", "columns": [column.spec() for column in self.columns], "values": list(self.values)}


Form: TypeAlias = Rows | Fields


def form_of(body: str, schema: Mapping[str, Any] | None = None, signature: Signature | None = None) -> Form | None:
    """The form for a body; None when it is nothing that a form can show (or more than a person would fill in).

    `schema` is the request's, as OpenAPI has it (`{"properties": {"data": …}}`).
    """
    try:
        value = json.loads(body)
    except ValueError:
        return None
    if not isinstance(value, dict) or not value:
        return None
    properties = _at(schema, "properties")
    name = next((name for name, rows in value.items() if _is_rows(rows)), None)
    form = _fields(value, properties) if name is None else _rows(value, name, _at(properties, name, "items"), signature)
    return form if _inputs(form) <= _MOST_INPUTS else None


def _inputs(form: Form) -> int:
    return len(form.columns) * (len(form.rows) if isinstance(form, Rows) else 1)


def _at(schema: Any, *path: str) -> Mapping[str, Any]:
    for name in path:
        schema = schema.get(name) if isinstance(schema, Mapping) else None
    return schema if isinstance(schema, Mapping) else {}


def _is_rows(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    if all(isinstance(row, dict) and row for row in value):
        return True
    return all(isinstance(row, list) and row and all(map(_is_plain, row)) for row in value)


def _is_plain(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _fields(body: dict[str, Any], properties: Mapping[str, Any]) -> Fields:
    columns = [_column(name, _at(properties, name), value) for name, value in body.items()]
    return Fields(columns, list(body.values()))


def _rows(body: dict[str, Any], parameter: str, items: Mapping[str, Any], signature: Signature | None) -> Rows:
    rows = body[parameter]
    rest = {name: value for name, value in body.items() if name != parameter}
    declared = () if signature is None else signature.columns
    if isinstance(rows[0], dict):
        names = list(dict.fromkeys(name for row in rows for name in row))
        known = {column.name: column for column in declared}
        columns = [_column(name, _at(items, "properties", name), rows[0].get(name), known.get(name)) for name in names]
        return Rows(parameter, True, columns, [[row.get(name) for name in names] for row in rows], rest)
    width = max(map(len, rows))
    dtype = "" if signature is None else signature.dtype or ""
    specs = declared if len(declared) == width else [ColumnSpec(str(index), dtype) for index in range(width)]
    first = [*rows[0], *[None] * width]
    columns = [_column(spec.name, _at(items, "items"), first[index], spec) for index, spec in enumerate(specs)]
    return Rows(parameter, False, columns, rows, rest)


def _column(name: str, schema: Mapping[str, Any], sample: Any, spec: ColumnSpec | None = None) -> FormColumn:
    said = schema.get("type")
    kind = said if isinstance(said, str) else ""
    listed = schema.get("enum") or ([] if spec is None else spec.categories)
    hint = (spec.dtype if spec is not None else "") or kind
    return FormColumn(name, _kind(kind, sample), [_text(choice) for choice in listed], hint)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _kind(said: str, sample: Any) -> CellKind:
    if isinstance(sample, (dict, list)):
        return "json"
    if isinstance(sample, bool) or said == "boolean":
        return "boolean"
    if said in ("integer", "number") or isinstance(sample, (int, float)):
        return "number"
    return "text"
