"""A service's log by pages: each line once, from wherever it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import NotFoundError

if TYPE_CHECKING:
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.webservice import Webservice
    from jupyter_mlops.services.log_pages import LogPage

__all__ = ["read"]

_OF_SERVICE, _OF_OPERATION = "s", "o"


def read(service: Webservice, cursor: str | None = None, lines: int = 200) -> LogPage:
    """The newest `lines` lines; with the `cursor` of the last page, those that came since (`reset`: they do not go on
    from there). Of a service that never came up, its deployment's log.

    Raises `UsageError` for a cursor that is none, `ServiceError` when another machine runs the service.
    """
    from jupyter_mlops.services.log_pages import bad_cursor

    kind, _, place = (cursor or "").partition("/")
    if cursor is not None and (kind not in (_OF_SERVICE, _OF_OPERATION) or not place):
        raise bad_cursor(cursor)
    own = _own(service, place if kind == _OF_SERVICE else None, lines)
    if own is not None and (own.lines or kind == _OF_SERVICE):
        return _marked(own, _OF_SERVICE, own.reset or kind == _OF_OPERATION)
    operation = service.operation
    if operation is None:
        return _marked(_empty(), _OF_OPERATION, False)
    return _marked(_told(operation, place if kind == _OF_OPERATION else None, lines), _OF_OPERATION, None)


def _marked(page: LogPage, kind: str, reset: bool | None) -> LogPage:
    from jupyter_mlops.services.log_pages import LogPage

    return LogPage(page.lines, f"{kind}/{page.cursor}", page.reset if reset is None else reset)


def _empty() -> LogPage:
    from jupyter_mlops.services.log_pages import LogPage

    return LogPage((), "-.0")


def _own(service: Webservice, place: str | None, lines: int) -> LogPage | None:
    """Of the service itself; None where there is none yet."""
    from jupyter_mlops.services.log_pages import EVERY_LINE, counted

    record = service.record
    target: Any = service._target(record)
    try:
        if hasattr(target, "log_page"):
            page: LogPage = target.log_page(record.name, place, lines)
            return page
        return counted([line.rstrip("\n") for line in target.logs(record.name, lines=EVERY_LINE)], place, lines)
    except NotFoundError:  # it never came so far as to have a log of its own
        return None


def _told(operation: Operation, place: str | None, lines: int) -> LogPage:
    """What its deployment said: the place is an event's number."""
    from jupyter_mlops.services.log_pages import LogPage, bad_cursor, page_of

    known, _, text = (place or f"{operation.id}.0").partition(".")
    if not text.isdecimal():
        raise bad_cursor(place or "")
    goes_on = known in (operation.id, "-")
    events = operation.events(int(text) if goes_on else 0)
    last = events[-1].number if events else int(text) if goes_on else 0
    new = [event.message for event in events if event.kind == "log"]
    if place is None:
        return LogPage(tuple(new[-lines:]), f"{operation.id}.{last}")
    return page_of(new, lines, f"{operation.id}.{last}", goes_on=goes_on)
