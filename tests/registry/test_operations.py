"""Operations: how they begin, where they are, how they end. On each database."""

from __future__ import annotations

import pytest

from jupyter_mlops.errors import BusyError, NotFoundError, OperationError, StorageError
from jupyter_mlops.records import OperationRecord
from jupyter_mlops.registry import events, operations
from jupyter_mlops.storage import Store


def start(store: Store, subject: str = "service/diabetes") -> OperationRecord:
    return operations.start(store, "deploy", subject, ["prove", "start"], {"n": [1]}, "ada", "lovelace")


def test_from_the_beginning_to_the_end(store: Store) -> None:
    made = start(store)
    assert (made.state, made.stages, made.arguments, made.stage) == ("Queued", ("prove", "start"), {"n": [1]}, None)
    running = operations.advance(store, made.id, state="Running", stage="prove")
    assert running.started is not None
    assert running.heartbeat is not None
    assert operations.advance(store, made.id, progress=0.5).progress == 0.5
    assert operations.advance(store, made.id, stage="start").progress is None  # of the new stage
    done = operations.finish(store, made.id, "Succeeded", result={"uri": "http://127.0.0.1"})
    assert (done.state, done.result, done.stage) == ("Succeeded", {"uri": "http://127.0.0.1"}, "start")
    assert operations.get(store, made.id) == done
    told = [(event.kind, event.message) for event in events.since(store, 0, subject=f"operation/{made.id}")]
    assert told == [
        ("state", "Queued"),
        ("state", "Running"),
        ("stage", "prove"),
        ("progress", "50%"),
        ("stage", "start"),
        ("state", "Succeeded"),
    ]


def test_a_heartbeat_is_no_event(store: Store) -> None:
    made = operations.advance(store, start(store).id, state="Running")
    number = events.last(store)
    later = operations.advance(store, made.id)
    assert later.heartbeat is not None
    assert made.heartbeat is not None
    assert later.heartbeat > made.heartbeat
    assert events.last(store) == number


def test_one_at_a_time_for_a_subject(store: Store) -> None:
    first = start(store)
    other = start(store, "service/iris")
    with pytest.raises(BusyError, match=rf"ada on lovelace .* since .*operation {first.id}") as caught:
        start(store)
    assert f"%operations --cancel {first.id}" in (caught.value.hint or "")
    operations.finish(store, first.id, "Failed", error=StorageError("full").to_dict())
    assert start(store).id != first.id
    assert operations.get(store, other.id).state == "Queued"


def test_what_is_over_is_over(store: Store) -> None:
    made = start(store)
    done = operations.finish(store, made.id, "Cancelled")
    assert operations.finish(store, made.id, "Cancelled") == done
    with pytest.raises(OperationError, match="is over: Cancelled"):
        operations.finish(store, made.id, "Succeeded")
    with pytest.raises(OperationError, match="is over: Cancelled"):
        operations.advance(store, made.id, stage="start")
    assert operations.request_cancel(store, made.id) == done


def test_an_interrupted_one_is_resumed(store: Store) -> None:
    made = operations.advance(store, start(store).id, state="Running", stage="start")
    error = {"type": "OperationError", "what": "the runner died", "where": None, "hint": None, "details": None}
    operations.finish(store, made.id, "Interrupted", error=error)
    with pytest.raises(OperationError, match="over: Interrupted"):
        operations.advance(store, made.id, stage="start")
    resumed = operations.advance(store, made.id, state="Running")
    assert (resumed.state, resumed.error, resumed.finished, resumed.started) == ("Running", None, None, made.started)
    operations.finish(store, made.id, "Interrupted", error=error)
    second = start(store)
    with pytest.raises(BusyError, match=second.id):
        operations.advance(store, made.id, state="Running")


def test_cancel_is_asked_for(store: Store) -> None:
    made = start(store)
    assert operations.request_cancel(store, made.id).cancel_requested
    assert operations.advance(store, made.id, state="Running").cancel_requested
    assert events.since(store, 0)[-2].message == "cancel requested"


def test_search(store: Store) -> None:
    first, second = start(store), start(store, "image/diabetes")
    operations.finish(store, first.id, "Succeeded")
    assert [each.id for each in operations.search(store)] == [second.id, first.id]
    assert [each.id for each in operations.search(store, state="Queued")] == [second.id]
    assert [each.id for each in operations.search(store, subject="service/diabetes")] == [first.id]
    assert len(operations.search(store, limit=1)) == 1
    with pytest.raises(NotFoundError):
        operations.get(store, "nothing")


def test_events_are_followed_and_tailed(store: Store) -> None:
    events.append(store, "operation/1", "stage", "start")
    last = events.extend(store, "operation/1", "log", [f"line {n}" for n in range(5)])
    events.append(store, "operation/2", "log", "nul \0 in it", {"n": [1, None]})
    assert [event.message for event in events.tail(store, "operation/1", ["log"], 2)] == ["line 3", "line 4"]
    assert len(events.tail(store, "operation/1")) == 6
    assert [event.message for event in events.since(store, last)] == ["nul � in it"]
    assert events.since(store, last)[0].data == {"n": [1, None]}
    assert events.since(store, events.last(store)) == []
    assert len(events.since(store, 0, limit=3)) == 3
    assert events.extend(store, "operation/1", "log", []) == 0
