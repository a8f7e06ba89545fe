"""What the registry's tests make often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jupyter_mlops.records import ServiceRecord
from jupyter_mlops.registry import services
from jupyter_mlops.storage import Store
from tests.fixtures.stores import PROVENANCE


@pytest.fixture
def make_service(store: Store) -> Callable[..., ServiceRecord]:
    """`make_service("name", tags=…)` creates a service without a revision."""

    def make(name: str, **options: object) -> ServiceRecord:
        now = datetime.now(UTC)
        record = ServiceRecord(
            name=name,
            target="process",
            target_name=None,
            host="lovelace",
            interpreter="/usr/bin/python3",
            revision=None,
            description=None,
            tags={},
            properties={},
            provenance=PROVENANCE,
            created=now,
            updated=now,
        )
        return services.create(store, replace(record, **options))  # type: ignore[arg-type]

    return make
