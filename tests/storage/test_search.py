"""A hundred thousand model versions are listed and searched by their indexes; `pytest -s` prints how long it takes.

What is held here is the plan (no query looks at every row), not the time: that is the machine's.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, event, text

from jupyter_mlops.records import Provenance
from jupyter_mlops.storage import Store, create_store, encode
from jupyter_mlops.storage.labels import rows
from jupyter_mlops.storage.tables import Instant
from tests.fixtures.stores import DATABASES

pytestmark = pytest.mark.slow

NOW = datetime.now(UTC)

# A thousand names with a hundred versions each; made inside the database, which is ten times as fast as from here.
FILL = """
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 99999)
INSERT INTO models (name, version, digest, size, flavor, framework, tags, properties, requirements, run_id, provenance,
                    created)
SELECT 'model-' || (n % 1000), n / 1000 + 1, :digest, 1000, 'sklearn', 'ScikitLearn',
       '{"area":"area-' || (n % 500) || '","everywhere":"yes","number":"' || n || '"}', '{"seed":"' || (n % 7) || '"}',
       '["scikit-learn"]', 'run-' || n, :provenance, :created FROM numbers
"""
LABEL = """
INSERT INTO model_labels (kind, key, value, owner)
SELECT 'tag', 'area', 'area-' || ((id - 1) % 500), id FROM models
UNION ALL SELECT 'tag', 'everywhere', 'yes', id FROM models
UNION ALL SELECT 'tag', 'number', '' || (id - 1), id FROM models
UNION ALL SELECT 'property', 'seed', '' || ((id - 1) % 7), id FROM models
"""


@pytest.fixture(scope="module", params=DATABASES)
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A workspace with 100,000 model versions."""
    folder = tmp_path_factory.mktemp("full")
    on_server = request.param == "postgresql"
    place = request.getfixturevalue("postgresql_of_module") if on_server else str(folder / "ws")
    provenance = json.dumps(encode(Provenance(user="ada", host="lovelace", python="3.11.7")))
    values = {"digest": "0" * 64, "provenance": provenance}
    with create_store(place, blob_root=str(folder / "blobs")) as store:
        with store._database.writing() as connection:
            connection.execute(text(FILL).bindparams(bindparam("created", type_=Instant)), values | {"created": NOW})
            connection.execute(text(LABEL))
            if on_server:
                connection.execute(text("ANALYZE models, model_labels"))  # as the server does by itself, later
        yield store


def test_what_was_filled_in_is_what_the_registry_writes(full: Store) -> None:
    [found] = full.models.search(tags=[("number", "777")])
    assert found.id == "model-777:1"
    assert found.tags == {"area": "area-277", "everywhere": "yes", "number": "777"}
    with full._database.reading() as connection:
        query = text("SELECT kind, key, value FROM model_labels WHERE owner = 778")
        written = {(row.kind, row.key, row.value) for row in connection.execute(query)}
    assert written == {(row["kind"], row["key"], row["value"]) for row in rows(778, found.tags, found.properties)}


SEARCHES: dict[str, dict[str, Any]] = {
    "by a tag that 200 have": {"tags": [("area", "area-7")]},
    "by a tag that one has": {"tags": [("number", "777")]},
    "by a tag that nobody has": {"tags": [("area", "nothing")]},
    "the newest 100 with a tag that all have": {"tags": [("everywhere", "yes")], "limit": 100},
    "the newest 100 with a key that all have": {"tags": [("everywhere", None)], "limit": 100},
    "by two tags": {"tags": [("area", "area-7"), ("number", "7")]},
    "by tag and property": {"tags": [("area", "area-7")], "properties": [("seed", "0")]},
    "by tag and name": {"tags": [("area", "area-7")], "name": "model-7"},
    "the newest versions with a tag": {"tags": [("area", "area-7")], "latest": True},
    "the newest version of each name": {"latest": True},
    "all versions of a name": {"name": "model-7"},
    "the newest 100": {"limit": 100},
    "the 100 after the newest 1000": {"limit": 100, "offset": 1000},
    "the last 100": {"limit": 100, "offset": 99_900},
    "the last 100 with a tag that all have": {"tags": [("everywhere", "yes")], "limit": 100, "offset": 99_900},
    "the newest 100 with a part in the name": {"part": "ODEL", "limit": 100},
    "by run": {"run_id": "run-777"},
    "the newest 100 of a framework": {"framework": "ScikitLearn", "limit": 100},
}


@pytest.mark.parametrize("search", SEARCHES)
def test_no_search_looks_at_every_row(full: Store, search: str) -> None:
    statements: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append((statement, parameters))

    engine = full._database.engine
    event.listen(engine, "before_cursor_execute", listen)
    found = full.models.search(**SEARCHES[search])
    event.remove(engine, "before_cursor_execute", listen)

    assert len(statements) == 1  # not one more for each model
    plan = explained(full, *statements[0])
    print(f"\n{engine.name}: {search}: {len(found)} in {milliseconds(full, search):.1f} ms")
    assert not whole_tables(plan, "limit" in SEARCHES[search]), "\n".join(plan)


def explained(store: Store, statement: str, parameters: Any) -> list[str]:
    explain = "EXPLAIN" if store._database.is_server else "EXPLAIN QUERY PLAN"
    with store._database.reading() as connection:
        return [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters)]


def whole_tables(plan: list[str], limited: bool) -> list[str]:
    """The steps that read a whole table. To go down from the newest row and stop is none of them.

    Nor is it, once for `latest`, to go through names and versions, which are all in an index of their own.
    """
    stops = limited and not any("TEMP B-TREE" in line for line in plan)
    steps = [line for line in plan if " other" not in line]
    return [line for line in steps if "Seq Scan" in line or (line.startswith("SCAN") and not stops)]


def milliseconds(store: Store, search: str) -> float:
    """The median of eleven."""
    taken = []
    for _ in range(11):
        start = time.perf_counter()
        store.models.search(**SEARCHES[search])
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)
