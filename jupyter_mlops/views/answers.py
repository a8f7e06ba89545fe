"""How what a service answered looks: as a table when it is one, else as JSON. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlops.views.look import Card, Cell, Look, Note, Section, Table, code, preformatted
from jupyter_mlops.views.markup import el
from jupyter_mlops.views.source import json_source, source
from jupyter_mlops.views.words import bytes_of, count, milliseconds, short

__all__ = ["answer", "answer_card", "picture"]

_ROWS = 20
_COLUMNS = 30
_CHARACTERS = 10_000
_PICTURE_BYTES = 2_000_000


def answer(value: Any) -> Look:
    """A JSON value: records, columns and rows of rows become a table; a string that holds JSON is opened first."""
    opened = _opened(value)
    table = _table(opened)
    if table is not None:
        return table
    if isinstance(opened, str):
        return preformatted(_clipped(opened, _CHARACTERS))
    if len(text := json.dumps(opened, ensure_ascii=False)) > _CHARACTERS:
        return preformatted(_clipped(text, _CHARACTERS))
    return json_source(opened)


def picture(content_type: str, data: bytes) -> Look:
    """An answer that is an image; one of more than 2 MB is only named, for the sake of the notebook's file."""
    words = f"{content_type}, {bytes_of(len(data))}"
    if len(data) > _PICTURE_BYTES:
        return Note(words)
    source = f"data:{content_type};base64,{base64.b64encode(data).decode()}"
    return Cell(words, el("img", src=source, alt=f"the answer: {words}", style="max-width:100%"))


def _opened(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _table(value: Any) -> Table | None:
    value = _unwrapped(value)
    if isinstance(value, Mapping):
        return _of_columns(value)
    if not isinstance(value, list) or not value:
        return None
    if all(isinstance(row, Mapping) for row in value):
        return _of_records(value)
    if all(isinstance(row, list) and len(row) == len(value[0]) for row in value):
        return _grid([str(index) for index in range(len(value[0]))], value)
    if all(_is_plain(item) for item in value):
        return _grid(["answer"], [[item] for item in value])
    return None


def _unwrapped(value: Any) -> Any:
    """`{"result": [...]}` is about its list."""
    if isinstance(value, Mapping) and len(value) == 1:
        (inner,) = value.values()
        if isinstance(inner, list):
            return inner
    return value


def _of_columns(value: Mapping[str, Any]) -> Table | None:
    lengths = {len(column) for column in value.values() if isinstance(column, list)}
    if not value or len(lengths) != 1 or not all(isinstance(column, list) for column in value.values()):
        return None
    return _grid(list(value), [list(row) for row in zip(*value.values(), strict=True)])


def _of_records(value: Sequence[Mapping[str, Any]]) -> Table | None:
    columns = list(dict.fromkeys(key for row in value for key in row))
    return _grid(columns, [[row.get(column) for column in columns] for row in value])


def _grid(columns: list[str], rows: Sequence[Sequence[Any]]) -> Table | None:
    if not columns or len(columns) > _COLUMNS:
        return None
    figures = {name for index, name in enumerate(columns) if all(_is_figure(row[index]) for row in rows)}
    note = f"{count(len(rows) - _ROWS)} rows more" if len(rows) > _ROWS else None
    return Table(columns, [[_said(item) for item in row] for row in rows[:_ROWS]], frozenset(figures), "no rows", note)


def _is_plain(item: Any) -> bool:
    return item is None or isinstance(item, (str, int, float, bool))


def _is_figure(item: Any) -> bool:
    return isinstance(item, (int, float)) and not isinstance(item, bool)


def _said(item: Any) -> str:
    if isinstance(item, float):
        return f"{item:.6g}"
    return short(item if isinstance(item, str) else json.dumps(item, ensure_ascii=False), 80)


def answer_card(
    service: str,
    *,
    status: int,
    elapsed_ms: float,
    value: Any,
    warnings: Sequence[str] = (),
    wanted: Any = None,
    body: str | None = None,
    request_id: str | None = None,
    image: tuple[str, bytes] | None = None,
) -> Card:
    """One request and what came back.

    `wanted` is the schema, shown when the status is not 2xx; `body` is what was sent; `image` the type and the bytes of
    an answer that is one.
    """
    good = 200 <= status < 300
    mark = Cell(
        f"{status}  {milliseconds(elapsed_ms)}",
        el("span", f"● {status}", el("span", f" · {milliseconds(elapsed_ms)}", cls="jmo-dim"), cls=_tone(status)),
    )
    shown = picture(*image) if image is not None else answer(value) if good else _message(value)
    below: list[Look] = [
        shown,
        *(Note(f"warning: {line}", "warn") for line in warnings),
    ]
    if not good and wanted is not None:
        below.append(Section("the schema wants", json_source(wanted), show=True))
    if isinstance(shown, Table):
        below.append(Section("as JSON", preformatted(_clipped(_json(value), _CHARACTERS)), spoken=False))
    if body is not None:
        below.append(Section("request body", source(_clipped(body), "json"), show=not good, spoken=not good))
    facts = (("request id", code(request_id)),) if request_id and not good else ()
    return Card(service, "answer", mark=mark, facts=facts, below=below)


def _json(value: Any) -> str:
    return json.dumps(_opened(value), ensure_ascii=False)


def _message(value: Any) -> Look:
    """What a service says about a request that did not go well: its message, as text that wraps."""
    if isinstance(value, Mapping) and set(value) == {"message"}:
        return preformatted(str(value["message"]))
    return answer(value)


def _tone(status: int) -> str:
    return "jmo-sign " + ("jmo-ok" if status < 300 else "jmo-warn" if status < 500 else "jmo-bad")


def _clipped(text: str, length: int = 2000) -> str:
    return text if len(text) <= length else f"{text[:length]}… {count(len(text) - length)} characters more"
